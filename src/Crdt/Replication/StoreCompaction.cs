using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>Blocks that may go, because the data of a snapshot in the same store has them as well, byte for byte.</summary>
public sealed record StoreCompaction
{
    /// <summary>The document.</summary>
    public required Cid Document { get; init; }

    /// <summary>The <c>snap</c> event whose data was compared with the blocks.</summary>
    public required Cid Snapshot { get; init; }

    /// <summary>Applied events below the cut.</summary>
    public required IReadOnlyList<Cid> Events { get; init; }

    /// <summary>Whether events that were written with a key of this store stay whole.</summary>
    public bool KeepsOwn { get; init; }
}
