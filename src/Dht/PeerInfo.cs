using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Dht;

/// <summary>A peer and where it may be dialled. Addresses from the DHT are hearsay until a connection proves the identity.</summary>
/// <param name="Peer">Who.</param>
/// <param name="Addresses">Without <c>/p2p</c>, at most 8; may be empty when the transport knows better.</param>
public sealed record PeerInfo(PeerId Peer, IReadOnlyList<Multiaddr> Addresses);
