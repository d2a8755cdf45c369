using P2P.Core.Multiformats;
using P2P.Transport.Connections;
using P2P.Transport.Memory;

namespace P2P.Transport.Tests.Negotiation;

/// <summary>A raw connection whose bytes stay where they were written until the test carries them over.</summary>
internal sealed class RelayedConnection : RawConnection
{
    private readonly MemoryPipe _incoming = new(1 << 26);
    private readonly List<byte> _written = [];

    public RelayedConnection? Peer { get; set; }

    public override Multiaddr LocalAddress { get; } = Multiaddr.FromMemory(1);

    public override Multiaddr RemoteAddress { get; } = Multiaddr.FromMemory(2);

    /// <summary>Carries all that was written to the other end: one half of a round trip.</summary>
    public int CarryOver()
    {
        byte[] flight = [.. _written];
        _written.Clear();
        ValueTask arrived = Peer!._incoming.WriteAsync(flight, CancellationToken.None);
        Assert.True(arrived.IsCompletedSuccessfully);
        return flight.Length;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) => _incoming.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        _written.AddRange(data.Span);
        return ValueTask.CompletedTask;
    }

    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        Peer!._incoming.End();
        return ValueTask.CompletedTask;
    }

    public override void Abort()
    {
        _incoming.Abort();
        Peer!._incoming.End();
    }

    public override ValueTask DisposeAsync()
    {
        Abort();
        return ValueTask.CompletedTask;
    }
}
