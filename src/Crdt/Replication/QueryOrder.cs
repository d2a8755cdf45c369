namespace P2P.Crdt.Replication;

/// <summary>By what a query is ordered.</summary>
public enum QueryOrder
{
    /// <summary>By local arrival: paging never misses late events.</summary>
    Arrival = 0,

    /// <summary>By (height, CID): equal on all replicas; a late event may sort before a cursor.</summary>
    Canonical,
}
