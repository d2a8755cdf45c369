using P2P.Core.Runtime;

namespace P2P.Crdt.Replication;

/// <summary>Where the time of replicas goes, for benchmarks. Shared by any number of them. Thread-safe.</summary>
/// <param name="time">The clock of wall time.</param>
public sealed class ReplicaWork(TimeProvider time)
{
    /// <summary>Checking signatures, on all threads that do it.</summary>
    public WorkMeter Verify { get; } = new(time);

    /// <summary>Admission, index, order, and telling folds and readers; signatures and the store are not in it.</summary>
    public WorkMeter Apply { get; } = new(time);
}
