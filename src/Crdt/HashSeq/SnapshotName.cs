namespace P2P.Crdt.HashSeq;

/// <summary>An element as an event names it.</summary>
/// <param name="Event">Number of an event in canonical order.</param>
/// <param name="Offset">Offset of the element in it.</param>
internal readonly record struct SnapshotName(int Event, int Offset);
