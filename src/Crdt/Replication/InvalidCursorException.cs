namespace P2P.Crdt.Replication;

/// <summary>
/// The epoch changed: another or restored store, an erased document, or an event before the place cannot be read, so that the numbers of all behind it are
/// others in this run. Late arrivals never cause it.
/// </summary>
public sealed class InvalidCursorException : Exception
{
    /// <summary>With the epochs that differ.</summary>
    /// <param name="cursorEpoch">Epoch in the cursor.</param>
    /// <param name="storeEpoch">Epoch of the store.</param>
    public InvalidCursorException(ulong cursorEpoch, ulong storeEpoch)
        : base($"The cursor is of epoch {cursorEpoch:x}, the document has epoch {storeEpoch:x}: start again without a cursor.")
    {
    }

    /// <summary>With a place that does not exist.</summary>
    /// <param name="position">The place.</param>
    public InvalidCursorException(long position)
        : base($"The cursor names place {position}, which this store never had: start again without a cursor.")
    {
    }
}
