using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>Port: turns addresses of one kind into raw connections. Thread-safe.</summary>
public interface ITransport
{
    /// <summary>Whether this transport can dial and listen on such an address; a final <c>/p2p</c> does not matter.</summary>
    /// <param name="address">Any address.</param>
    bool CanHandle(Multiaddr address);

    /// <summary>Connects. The caller owns the connection.</summary>
    /// <param name="address">One that <see cref="CanHandle"/> accepts.</param>
    /// <param name="cancellationToken">Cancelling leaves nothing behind.</param>
    /// <exception cref="TransportException">Unreachable, or an address of another kind.</exception>
    ValueTask<RawConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken);

    /// <summary>Starts listening. The caller owns the listener.</summary>
    /// <param name="address">Port (or memory number) 0 picks a free one.</param>
    /// <param name="cancellationToken">Cancelling leaves nothing behind.</param>
    /// <exception cref="TransportException">Address in use, or of another kind.</exception>
    ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken);
}
