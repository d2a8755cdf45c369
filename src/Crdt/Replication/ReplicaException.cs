namespace P2P.Crdt.Replication;

/// <summary>A call on a replica failed for a reason of the world or of the caller. Decide on <see cref="Error"/>, never on the text.</summary>
public sealed class ReplicaException : Exception
{
    /// <summary>Creates one.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">One sentence.</param>
    /// <param name="inner">What caused it.</param>
    public ReplicaException(ReplicaError error, string message, Exception? inner = null)
        : base(message, inner) => Error = error;

    /// <summary>The reason.</summary>
    public ReplicaError Error { get; }
}
