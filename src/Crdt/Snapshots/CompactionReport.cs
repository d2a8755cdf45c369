using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Snapshots;

/// <summary>What became of a compaction.</summary>
public sealed record CompactionReport
{
    /// <summary>Why nothing was dropped; None when it was done, even if there was nothing left to drop.</summary>
    public CompactionRefusal Refusal { get; init; }

    /// <summary>The snapshot gone by; of a refusal, the newest that was looked at.</summary>
    public Cid Snapshot { get; init; }

    /// <summary>Blocks dropped.</summary>
    public long Events { get; init; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes of the data from which they are read now.</summary>
    public long DataBytes { get; init; }

    /// <summary>Named peers that have not shown that they hold the snapshot.</summary>
    public IReadOnlyList<PeerId> Waiting { get; init; } = [];

    /// <summary>What is wrong with the data, when the refusal is Data.</summary>
    public SnapshotRefusal Data { get; init; }
}
