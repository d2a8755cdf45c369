namespace P2P.Crdt.Replication;

/// <summary>Where an event came from.</summary>
public enum EventSource
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary>Written by this replica in this session.</summary>
    Local,

    /// <summary>Gossip.</summary>
    Broadcast,

    /// <summary>Fetched or synced.</summary>
    Sync,

    /// <summary>Read from the own store.</summary>
    Store,
}
