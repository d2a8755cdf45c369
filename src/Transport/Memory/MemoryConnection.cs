using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Memory;

/// <summary>One end of a memory connection.</summary>
internal sealed class MemoryConnection(MemoryPipe incoming, MemoryPipe outgoing, Multiaddr local, Multiaddr remote) : RawConnection
{
    /// <inheritdoc/>
    public override Multiaddr LocalAddress => local;

    /// <inheritdoc/>
    public override Multiaddr RemoteAddress => remote;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        incoming.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        outgoing.WriteAsync(data, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        outgoing.End();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Abort()
    {
        incoming.Abort();
        outgoing.Abort();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        outgoing.End();
        incoming.Abort();
        return ValueTask.CompletedTask;
    }
}
