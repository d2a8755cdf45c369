using P2P.Crdt.Clock;

namespace P2P.Crdt.Replication;

/// <summary>A change of the visible set as the loop remembers it; 24 bytes.</summary>
internal readonly record struct ChangeRecord(EventNode Node, ReplicaChangeKind Kind, EventSource Source);
