using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>The connection manager: listens, dials, keeps one connection per peer, hands streams to protocols. Thread-safe.</summary>
public sealed class PeerNetwork : IPeerNetwork, IAsyncDisposable
{
    /// <summary>Creates a network that does nothing until <see cref="StartAsync"/>.</summary>
    /// <param name="identity">Who we are; not disposed here.</param>
    /// <param name="options">Limits and habits.</param>
    /// <param name="transports">Asked in order which one handles an address.</param>
    /// <param name="upgrader">Authenticates and multiplexes; made with the same identity.</param>
    /// <param name="runtime">Clock, spawner, chance, log.</param>
    public PeerNetwork(PrivateKey identity, PeerNetworkOptions options, IReadOnlyList<ITransport> transports, ConnectionUpgrader upgrader, TransportRuntime runtime)
    {
        Identity = identity;
    }

    /// <inheritdoc/>
    public PeerId LocalPeer => throw new NotImplementedException();

    /// <inheritdoc/>
    public PrivateKey Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Multiaddr> ListenAddresses => throw new NotImplementedException();

    /// <inheritdoc/>
    public IReadOnlyList<PeerId> ConnectedPeers => throw new NotImplementedException();

    /// <summary>The connections, for people.</summary>
    public IReadOnlyList<ConnectionInfo> Connections => throw new NotImplementedException();

    /// <summary>Listens and starts the loops.</summary>
    /// <param name="listenAddresses">Perhaps empty (dial only); port 0 picks a free one.</param>
    /// <param name="cancellationToken">Cancelling undoes what was started.</param>
    /// <exception cref="TransportException">An address is taken or of a kind no transport handles; nothing listens then.</exception>
    public Task StartAsync(IReadOnlyList<Multiaddr> listenAddresses, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Connects to an address a person named; ignores backoff.</summary>
    /// <param name="address">With <c>/p2p</c> the verified identity must be that one; without it, whoever answers is returned.</param>
    /// <param name="cancellationToken">Cancelling gives up.</param>
    /// <returns>The verified peer.</returns>
    /// <exception cref="TransportException">It could not be reached, was somebody else, or ourselves.</exception>
    public Task<PeerId> DialAsync(Multiaddr address, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Measures one round trip by <c>/ipfs/ping/1.0.0</c>.</summary>
    /// <param name="peer">Who; connected first if needed.</param>
    /// <param name="cancellationToken">Cancelling gives up.</param>
    /// <exception cref="TransportException">Unreachable, no ping there, or a wrong answer.</exception>
    public Task<TimeSpan> PingAsync(PeerId peer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Marks a peer that may use the reserved slots and is never closed to make room.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="isProtected">Whether.</param>
    public void Protect(PeerId peer, bool isProtected) => throw new NotImplementedException();

    /// <inheritdoc/>
    public bool IsConnected(PeerId peer) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IReadOnlyList<string> ProtocolsOf(PeerId peer) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IReadOnlyList<Multiaddr> AddressesOf(PeerId peer) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task ConnectAsync(PeerId peer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public Task DisconnectAsync(PeerId peer, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Handle(string protocol, StreamHandler handler, int streamsPerPeerMax) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Unhandle(string protocol) => throw new NotImplementedException();

    /// <inheritdoc/>
    public IAsyncEnumerable<PeerEvent> PeerEventsAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
