using P2P.Core.Identity;

namespace P2P.Dht.Lookup;

/// <summary>One input of a <see cref="KadLookup"/>.</summary>
internal readonly record struct LookupInput(LookupInputKind Kind, PeerId Peer = default, IReadOnlyList<PeerId>? Peers = null);
