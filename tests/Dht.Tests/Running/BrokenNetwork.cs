using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Testing.Network;
using P2P.Transport.Connections;

namespace P2P.Dht.Tests.Running;

/// <summary>A transport with a defect: opening a stream throws what the port does not allow.</summary>
internal sealed class BrokenNetwork(LocalNode inner) : IPeerNetwork
{
    public PeerId LocalPeer => inner.LocalPeer;

    public PrivateKey Identity => inner.Identity;

    public IReadOnlyList<Multiaddr> ListenAddresses => inner.ListenAddresses;

    public IReadOnlyList<PeerId> ConnectedPeers => inner.ConnectedPeers;

    public bool IsConnected(PeerId peer) => inner.IsConnected(peer);

    public IReadOnlyList<string> ProtocolsOf(PeerId peer) => inner.ProtocolsOf(peer);

    public IReadOnlyList<Multiaddr> AddressesOf(PeerId peer) => inner.AddressesOf(peer);

    public void AddAddresses(PeerId peer, IReadOnlyList<Multiaddr> addresses) => inner.AddAddresses(peer, addresses);

    public Task ConnectAsync(PeerId peer, CancellationToken cancellationToken) => inner.ConnectAsync(peer, cancellationToken);

    public Task<PeerStream> OpenStreamAsync(PeerId peer, IReadOnlyList<string> protocols, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("defect");

    public Task DisconnectAsync(PeerId peer, CancellationToken cancellationToken) => inner.DisconnectAsync(peer, cancellationToken);

    public void Handle(string protocol, StreamHandler handler, int streamsPerPeerMax) => inner.Handle(protocol, handler, streamsPerPeerMax);

    public void Unhandle(string protocol) => inner.Unhandle(protocol);

    public IAsyncEnumerable<PeerEvent> PeerEventsAsync(CancellationToken cancellationToken) => inner.PeerEventsAsync(cancellationToken);
}
