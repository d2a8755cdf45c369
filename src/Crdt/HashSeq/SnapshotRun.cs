namespace P2P.Crdt.HashSeq;

/// <summary>A run read from a snapshot.</summary>
/// <param name="Kind">0 after the origin, 1 after an element, 2 before one.</param>
/// <param name="Anchor">For kinds 1 and 2.</param>
/// <param name="Offset">Of its first element in the event.</param>
/// <param name="Count">Elements.</param>
/// <param name="ExtrasStart">First given extra dependency.</param>
/// <param name="ExtrasCount">How many; −1 = the default.</param>
internal readonly record struct SnapshotRun(int Kind, SnapshotName Anchor, int Offset, int Count, int ExtrasStart, int ExtrasCount);
