using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Dht.Wire;

/// <summary>A peer in a message.</summary>
internal sealed record KadPeer(PeerId Peer, IReadOnlyList<Multiaddr> Addresses, KadConnection Connection = KadConnection.NotConnected);
