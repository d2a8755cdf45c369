namespace P2P.Crdt.Replication;

/// <summary>What an oval stands for.</summary>
internal enum DagVertexKind
{
    /// <summary>Never used.</summary>
    None = 0,

    /// <summary>A visible event that another one links to.</summary>
    Event,

    /// <summary>A visible event nothing visible links to.</summary>
    Head,

    /// <summary>An event that waits for links.</summary>
    Waiting,

    /// <summary>A link nobody has brought yet.</summary>
    Missing,
}
