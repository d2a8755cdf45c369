using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>What became of an own event.</summary>
/// <param name="Written">The event, staged; null when nothing was written.</param>
/// <param name="Error">Why not; None when it was.</param>
/// <param name="Message">In words.</param>
/// <param name="Cause">What the caller's code threw, or null.</param>
internal readonly record struct WriteResult(Event? Written, ReplicaError Error, string Message, Exception? Cause)
{
    public static WriteResult Of(Event written) => new(written, ReplicaError.None, string.Empty, null);

    public static WriteResult Faulted(StoreError fault)
    {
        string message = $"The store failed ({fault}); reopen the replica.";
        return Refused(ReplicaError.StoreFailed, message, new StoreException(fault, message));
    }

    public static WriteResult Refused(ReplicaError error, string message, Exception? cause = null) => new(null, error, message, cause);
}
