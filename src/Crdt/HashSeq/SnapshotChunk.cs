namespace P2P.Crdt.HashSeq;

/// <summary>Elements of a snapshot with consecutive numbers of which each but the first comes after the one before it.</summary>
/// <param name="Start">First element.</param>
/// <param name="Count">How many.</param>
/// <param name="Slot">Where the first one hangs.</param>
internal readonly record struct SnapshotChunk(int Start, int Count, Slot Slot)
{
    public int Last => Start + Count - 1;
}
