using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Serving;
using P2P.Transport.Connections;

namespace P2P.Dht.Running;

/// <summary>The transport as the pure parts see it.</summary>
internal sealed class NetworkPeers(IPeerNetwork network) : IKadPeers
{
    public PeerId LocalPeer => network.LocalPeer;

    public IReadOnlyList<Multiaddr> ListenAddresses => network.ListenAddresses;

    public IReadOnlyList<Multiaddr> AddressesOf(PeerId peer) => network.AddressesOf(peer);

    public bool IsConnected(PeerId peer) => network.IsConnected(peer);
}
