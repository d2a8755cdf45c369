namespace P2P.Crdt.HashSeq;

/// <summary>How the sections of a snapshot are written. Both read the same.</summary>
public enum SnapshotForm
{
    /// <summary>No form.</summary>
    None = 0,

    /// <summary>Plain columns: equal sets of events give equal bytes, on every machine and version.</summary>
    Canonical = 1,

    /// <summary>The same sections, each compressed: for disks and wires. Equal bytes only where the compressor is the same.</summary>
    Compressed = 2,
}
