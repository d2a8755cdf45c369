namespace P2P.Crdt.Federation.State;

/// <summary>What an event is to the fold. The first three are records: what a tombstone may hide.</summary>
internal enum RecordKind
{
    /// <summary>Not seen yet, or of a type without state.</summary>
    None = 0,

    /// <summary>An artifact.</summary>
    Artifact,

    /// <summary>An edge.</summary>
    Edge,

    /// <summary>A receipt.</summary>
    Receipt,

    /// <summary>A tombstone.</summary>
    Tomb,

    /// <summary>A lift.</summary>
    Lift,

    /// <summary>A snapshot.</summary>
    Snapshot,
}
