using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>
/// Takes a backup into a store. Events go the way of every event from elsewhere, through admission: a backup is believed no more than a peer. The
/// author key is not in it, so nobody's sequence numbers are used twice.
/// </summary>
public static class StoreRestore
{
    /// <summary>Reads a CAR made by <see cref="StoreInspector.BackUpAsync"/>; what is there already is not taken again.</summary>
    /// <param name="source">The file.</param>
    /// <param name="store">Where to.</param>
    /// <param name="cancellationToken">What was taken so far stays.</param>
    /// <returns>What happened; null when this is no CAR of version 1.</returns>
    /// <exception cref="StoreException">The store failed.</exception>
    /// <exception cref="ReplicaException">The store failed.</exception>
    public static async Task<RestoreReport?> RunAsync(Stream source, SqliteEventStore store, CancellationToken cancellationToken) =>
        await new RestoreRun(store).RunAsync(source, cancellationToken);
}
