using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Tcp;

/// <summary><c>/ip4|ip6/…/tcp/…</c> by sockets.</summary>
public sealed class TcpTransport : ITransport
{
    /// <inheritdoc/>
    public bool CanHandle(Multiaddr address) => address.TryGetTcp(out _);

    /// <inheritdoc/>
    public ValueTask<RawConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken) => throw new NotImplementedException();
}
