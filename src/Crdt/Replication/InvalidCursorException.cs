namespace P2P.Crdt.Replication;

/// <summary>The store's epoch changed, or the cursor's event was compacted away. Late arrivals never cause it.</summary>
public sealed class InvalidCursorException : Exception
{
    /// <summary>With the epochs that differ.</summary>
    /// <param name="cursorEpoch">Epoch in the cursor.</param>
    /// <param name="storeEpoch">Epoch of the store.</param>
    public InvalidCursorException(ulong cursorEpoch, ulong storeEpoch)
        : base($"The cursor is of store epoch {cursorEpoch:x}, the store has epoch {storeEpoch:x}: start again without a cursor.")
    {
    }

    /// <summary>With a place that does not exist.</summary>
    /// <param name="position">The place.</param>
    public InvalidCursorException(long position)
        : base($"The cursor names place {position}, which this store never had: start again without a cursor.")
    {
    }
}
