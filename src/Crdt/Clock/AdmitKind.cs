namespace P2P.Crdt.Clock;

/// <summary>What became of an event all of whose links are admitted.</summary>
internal enum AdmitKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>In the graph.</summary>
    Admitted,

    /// <summary>A tail event nobody cites: it waits outside.</summary>
    Shelved,

    /// <summary>Refused for ever.</summary>
    Refused,
}
