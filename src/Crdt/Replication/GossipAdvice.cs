namespace P2P.Crdt.Replication;

/// <summary>What to do with a gossip message.</summary>
public enum GossipAdvice
{
    /// <summary>No advice.</summary>
    None = 0,

    /// <summary>A well-signed event: deliver and forward.</summary>
    Accept,

    /// <summary>An announcement: deliver to the replica, do not forward, nobody is fined.</summary>
    Ignore,

    /// <summary>Fine the sender.</summary>
    Reject,
}
