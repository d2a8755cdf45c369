namespace P2P.Crdt.Replication;

/// <summary>What is known about being up to date. A replica cut off by its peers cannot know; it then never says Confirmed.</summary>
public enum SyncState
{
    /// <summary>No peer was heard yet.</summary>
    Unknown = 0,

    /// <summary>Links are missing, or a peer announced a head that is not held.</summary>
    Syncing,

    /// <summary>At least two peers (one, if only one is known) announced this very frontier.</summary>
    Confirmed,

    /// <summary>Links have been missing through several fetch attempts.</summary>
    Stalled,
}
