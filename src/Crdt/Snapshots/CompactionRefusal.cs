namespace P2P.Crdt.Snapshots;

/// <summary>Why no block was dropped.</summary>
public enum CompactionRefusal
{
    /// <summary>It was done.</summary>
    None = 0,

    /// <summary>This store keeps no index of dropped blocks (a store in memory).</summary>
    Store,

    /// <summary>Nobody was named whose copy is waited for, and nobody said that there is nobody.</summary>
    NoPeers,

    /// <summary>There is no visible snapshot, or not the one asked for.</summary>
    NoSnapshot,

    /// <summary>The snapshot names no data, its data is not here whole, or it is not one.</summary>
    Data,

    /// <summary>A named peer has not shown that it holds the snapshot and what is below it.</summary>
    NotAcknowledged,
}
