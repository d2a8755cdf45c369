using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Memory;

/// <summary><c>/memory/N</c>: bounded pipes inside the process.</summary>
/// <param name="network">Who can be reached.</param>
public sealed class MemoryTransport(MemoryNetwork network) : ITransport
{
    /// <summary>Who can be reached.</summary>
    public MemoryNetwork Network { get; } = network;

    /// <inheritdoc/>
    public bool CanHandle(Multiaddr address) => address.TryGetMemory(out _);

    /// <inheritdoc/>
    public ValueTask<RawConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<RawConnection>(Network.Dial(NumberOf(address)));
    }

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<ITransportListener>(Network.Listen(NumberOf(address)));
    }

    private static ulong NumberOf(Multiaddr address) => address.TryGetMemory(out ulong number)
        ? number
        : throw new TransportException(TransportError.UnsupportedAddress, "Not a /memory address.");
}
