namespace P2P.Crdt.Federation.State;

/// <summary>Records a tombstone may hide.</summary>
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
}
