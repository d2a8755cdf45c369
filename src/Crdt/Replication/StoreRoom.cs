namespace P2P.Crdt.Replication;

/// <summary>Whose events a store still takes.</summary>
public enum StoreRoom
{
    /// <summary>Nobody's: the disk is full.</summary>
    None = 0,

    /// <summary>Own ones: the quota or the reserve for others is used up.</summary>
    OwnOnly,

    /// <summary>Everybody's.</summary>
    Everyone,
}
