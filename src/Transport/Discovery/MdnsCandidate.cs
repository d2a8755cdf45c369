using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Discovery;

/// <summary>A peer as one packet names it.</summary>
/// <param name="Peer">Who it claims to be.</param>
/// <param name="Addresses">At least one, without <c>/p2p</c>.</param>
internal sealed record MdnsCandidate(PeerId Peer, List<Multiaddr> Addresses);
