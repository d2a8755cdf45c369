namespace P2P.Crdt.HashSeq;

/// <summary>An event read from a snapshot. Starts and counts are places in the lists of <see cref="SnapshotPlan"/>.</summary>
internal struct SnapshotEvent
{
    public int Author;

    /// <summary>Index of the type name; −1 for <c>seq</c>.</summary>
    public int Type;

    public ulong At;

    public ulong Sequence;

    public ulong Height;

    public int LinkStart;

    public bool HasPrevious;

    public int DependencyCount;

    public int ReferenceCount;

    public bool IsUnique;

    public int RunStart;

    public int RunCount;

    public int RemovalStart;

    public int RemovalCount;

    /// <summary>Body of another type.</summary>
    public ReadOnlyMemory<byte> Body;
}
