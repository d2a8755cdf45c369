using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>One change of the visible set.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Event">The event.</param>
/// <param name="Source">Where the event came from.</param>
/// <param name="Cursor">Pass it to continue after this change, also after a restart.</param>
public sealed record ReplicaChange(ReplicaChangeKind Kind, Event Event, EventSource Source, ChangeCursor Cursor);
