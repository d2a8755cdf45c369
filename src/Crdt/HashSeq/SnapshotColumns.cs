namespace P2P.Crdt.HashSeq;

/// <summary>The sections of a snapshot under construction.</summary>
internal sealed class SnapshotColumns
{
    /// <summary>How many there are.</summary>
    public const int Count = (int)SnapshotSection.Signatures + 1;

    private readonly ColumnWriter[] _columns = [.. Enumerable.Range(0, Count).Select(static _ => new ColumnWriter())];

    public ColumnWriter this[SnapshotSection section] => _columns[(int)section];
}
