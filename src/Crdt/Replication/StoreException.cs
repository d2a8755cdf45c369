namespace P2P.Crdt.Replication;

/// <summary>The store refused or failed. An error means "not acknowledged", not "absent".</summary>
public sealed class StoreException : Exception
{
    /// <summary>Creates one.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">One sentence for the operator.</param>
    /// <param name="inner">What caused it.</param>
    public StoreException(StoreError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>The reason.</summary>
    public StoreError Error { get; }

    /// <summary>Process id of the holder when <see cref="Error"/> is Locked and it is known, else 0.</summary>
    public int HolderPid { get; init; }
}
