using P2P.Crdt.Sync;
using P2P.Transport.Connections;

namespace P2P.Node.Adapters;

/// <summary>A sync stream on the transport.</summary>
/// <param name="stream">The stream; owned by whoever opened or accepted it.</param>
internal sealed class SyncChannel(MuxedStream stream) : ISyncChannel
{
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => stream.ReadAsync(buffer, cancellationToken);

    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) => stream.WriteAsync(data, cancellationToken);

    public ValueTask CloseWriteAsync(CancellationToken cancellationToken) => stream.CloseWriteAsync(cancellationToken);
}
