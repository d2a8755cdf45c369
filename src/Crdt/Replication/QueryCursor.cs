namespace P2P.Crdt.Replication;

/// <summary>A place in a query's result.</summary>
/// <param name="Epoch">The store's epoch.</param>
/// <param name="Arrival">Arrival number of the last event returned.</param>
public readonly record struct QueryCursor(ulong Epoch, long Arrival);
