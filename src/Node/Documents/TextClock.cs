namespace P2P.Node.Documents;

/// <summary>
/// The interval tree clock of a document. Nothing of it needs to be called: a clock gets its identity from a peer when a sync session could have used one.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 6.</remarks>
public sealed class TextClock
{
    private readonly DocumentHost _host;

    internal TextClock(DocumentHost host) => _host = host;

    /// <summary>The clock as it is now; null when its record could not be stored.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<ClockView?> GetAsync(CancellationToken cancellationToken = default) => _host.Spawner.StartAsync(() => _host.GetClockAsync(cancellationToken));

    /// <summary>For a device that will not come back: stores that it owns nothing, then gives what it owned to the follower whom it fits best.</summary>
    /// <param name="cancellationToken">Ends the wait; it may still happen.</param>
    /// <returns>False when it owned nothing or nobody could take it.</returns>
    public Task<bool> LeaveAsync(CancellationToken cancellationToken = default) => _host.Spawner.StartAsync(() => _host.LeaveClockAsync(cancellationToken));

    /// <summary>
    /// Writes a signed snapshot and opens a new epoch on it: parts that replicas took along when they died are free again. The others follow if they
    /// trust this node's author for it (<see cref="P2P.Crdt.IntervalTreeClocks.ClockOptions.EpochAuthors"/>).
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; it may still happen.</param>
    /// <returns>False when the document is empty or this node only reads.</returns>
    public Task<bool> BeginEpochAsync(CancellationToken cancellationToken = default) => _host.Spawner.StartAsync(() => _host.BeginEpochAsync(cancellationToken));
}
