using P2P.Crdt.Replication;

namespace P2P.Crdt.Sync;

/// <summary>A replica lent for one question. Dispose it soon: a dormant document cannot sleep again before.</summary>
/// <param name="Replica">The replica; null when the document is not held.</param>
/// <param name="Release">Gives it back; null when there is nothing to give back.</param>
public readonly record struct SyncLease(Replica? Replica, Action? Release) : IDisposable
{
    /// <summary>Gives it back.</summary>
    public void Dispose() => Release?.Invoke();
}
