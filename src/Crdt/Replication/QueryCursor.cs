namespace P2P.Crdt.Replication;

/// <summary>A place in a query's result.</summary>
/// <param name="Epoch">The document's epoch in the store.</param>
/// <param name="Arrival">Arrival number of the last event returned or passed over; -1 = before all.</param>
public readonly record struct QueryCursor(ulong Epoch, long Arrival)
{
    /// <summary>
    /// Of the events that became visible behind their place (retracted and back, or hidden when they came and cited later), how many were looked at:
    /// those since are on the next page by arrival although their numbers are older.
    /// </summary>
    public long Returned { get; init; }
}
