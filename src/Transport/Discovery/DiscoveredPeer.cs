using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Discovery;

/// <summary>A peer that multicast named. Nothing is proven: the handshake decides who it is.</summary>
/// <param name="Peer">Who it claims to be; never this node.</param>
/// <param name="Addresses">1 to 16, without <c>/p2p</c>.</param>
/// <param name="Interface">Name of the interface it was heard on.</param>
public sealed record DiscoveredPeer(PeerId Peer, IReadOnlyList<Multiaddr> Addresses, string Interface);
