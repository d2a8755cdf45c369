using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Serving;

namespace P2P.Dht.Tests.Simulation;

/// <summary>A node's transport in the simulation: whom it is connected to and which addresses it has heard.</summary>
internal sealed class SimPeers(PeerId self, Multiaddr address) : IKadPeers
{
    public HashSet<PeerId> Connected { get; } = [];

    public Dictionary<PeerId, IReadOnlyList<Multiaddr>> Heard { get; } = [];

    public PeerId LocalPeer => self;

    public IReadOnlyList<Multiaddr> ListenAddresses { get; } = [address];

    public IReadOnlyList<Multiaddr> AddressesOf(PeerId peer) => Heard.GetValueOrDefault(peer) ?? [];

    public bool IsConnected(PeerId peer) => Connected.Contains(peer);
}
