namespace P2P.Crdt.Replication;

/// <summary>What happened to the visible set.</summary>
public enum ReplicaChangeKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An event became visible for the first time.</summary>
    Applied,

    /// <summary>An event left the visible set (its author forked or was removed, and nobody cited it).</summary>
    Retracted,

    /// <summary>A retracted event is visible again.</summary>
    Returned,
}
