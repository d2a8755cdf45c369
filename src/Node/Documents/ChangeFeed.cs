using P2P.Crdt.Replication;

namespace P2P.Node.Documents;

/// <summary>The change stream of a replica, one change ahead: whether there is one can be asked without waiting. One owner.</summary>
internal sealed class ChangeFeed : IAsyncDisposable
{
    private readonly IAsyncEnumerator<ReplicaChange> _changes;

    /// <summary>Begins at the first event.</summary>
    /// <param name="replica">Whose changes.</param>
    /// <param name="stop">Ends the stream.</param>
    public ChangeFeed(Replica replica, CancellationToken stop)
    {
        _changes = replica.Changes(default, stop).GetAsyncEnumerator(stop);
        Next = _changes.MoveNextAsync().AsTask();
    }

    /// <summary>Ends when <see cref="TakeAsync"/> does not wait.</summary>
    public Task<bool> Next { get; private set; }

    /// <summary>The next change; waits for it.</summary>
    /// <exception cref="P2PException">The replica closed.</exception>
    public async Task<ReplicaChange> TakeAsync()
    {
        if (!await Next)
        {
            throw new P2PException(NodeError.Stopped, "The replica closed under its document.");
        }

        ReplicaChange change = _changes.Current;
        Next = _changes.MoveNextAsync().AsTask();
        return change;
    }

    /// <summary>Call it after the stream was told to end.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Next;
        }
        catch (OperationCanceledException)
        {
            // the enumeration ends because the document closes
        }

        await _changes.DisposeAsync();
    }
}
