using P2P.Core.Identity;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>For whom something is fetched.</summary>
/// <param name="Peer">Who brought the event that needs it, or announced it; none = it was asked for here.</param>
/// <param name="Author">Who wrote that event; none for an announced head.</param>
internal readonly record struct FetchLane(PeerId Peer, EventDigest Author);
