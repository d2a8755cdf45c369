using System.Diagnostics;
using System.Threading.Channels;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>What takes time, run beside the loop: commits, fetches, sync sessions, speaking and listening. Results come back as inputs.</summary>
internal sealed class ReplicaErrands(ReplicaOptions options, Action<ReplicaInput> complete, Action<ReplicaInput> gossip) : IAsyncDisposable
{
    private readonly Channel<ReadOnlyMemory<byte>> _outbox = Channel.CreateBounded<ReadOnlyMemory<byte>>(
        new BoundedChannelOptions(options.OutboxCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });

    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<Task> _running = [];
    private string? _failure;

    /// <summary>The first failure of speaking, listening or closing; null while there was none. Read from any thread.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <summary>Starts speaking and listening.</summary>
    public void Start()
    {
        if (options.Broadcaster is IBroadcaster broadcaster)
        {
            _running.Add(options.Spawner.StartAsync(() => ListenAsync(broadcaster)));
            _running.Add(options.Spawner.StartAsync(() => SpeakAsync(broadcaster)));
        }
    }

    /// <summary>Starts a commit, a fetch or a sync session. Called by the loop only.</summary>
    /// <param name="effect">What.</param>
    /// <param name="waiting">Who waits for the loop, for traces.</param>
    public void Start(ReplicaEffect effect, IReadOnlyCollection<PendingReply> waiting)
    {
        if (effect is CommitEffect commit)
        {
            StartCommit(commit.Batch, waiting);
            return;
        }

        Run(() => effect switch
        {
            FetchEffect fetch => FetchAsync(fetch),
            SyncEffect sync => SyncAsync(sync),
            _ => throw new UnreachableException($"Unknown effect {effect.GetType().Name}."),
        });
    }

    /// <summary>Queues a payload; full, the oldest is dropped: announcements and sync repair it.</summary>
    public void Broadcast(ReadOnlyMemory<byte>? payload)
    {
        if (payload is ReadOnlyMemory<byte> bytes && options.Broadcaster is not null)
        {
            _outbox.Writer.TryWrite(bytes);
        }
    }

    /// <summary>Speaks what is queued, stops listening and fetching, closes the ports. What fails is noted: the loop has to end whatever does.</summary>
    public async ValueTask DisposeAsync()
    {
        _outbox.Writer.TryComplete();
        _stop.Cancel();
        await CloseAsync(() => new ValueTask(Task.WhenAll(_running)));
        await CloseAsync(() => options.Broadcaster?.DisposeAsync() ?? default);
        await CloseAsync(() => options.Syncer?.DisposeAsync() ?? default);
        _stop.Dispose();
    }

    private async ValueTask CloseAsync(Func<ValueTask> part)
    {
        try
        {
            await part();
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            Note($"Closing failed: {failed.Message}");
        }
    }

    private void Note(string failure) => Interlocked.CompareExchange(ref _failure, failure, null);

    // A store that is done at once (memory) costs no task and no change of thread.
    private void StartCommit(StagedBatch batch, IReadOnlyCollection<PendingReply> waiting)
    {
        long since = options.Time.GetTimestamp();
        Activity? activity = BeginCommit(waiting);
        ValueTask commit;
        Activity? before = Activity.Current;
        try
        {
            Activity.Current = activity ?? before;
            // Not cancellable: what was acknowledged to nobody must still end one way or the other.
            ulong at = (ulong)Math.Max(0, options.Time.GetUtcNow().ToUnixTimeMilliseconds());
            commit = options.Store.CommitAsync(batch.ToStoreBatch(options.Genesis.Cid, at), CancellationToken.None);
        }
        catch (StoreException failed)
        {
            activity.Failed(failed.Error);
            activity?.Stop();
            complete(new CommitFailedInput(failed.Error, failed.Message));
            return;
        }
        finally
        {
            Activity.Current = before;
        }

        if (commit.IsCompletedSuccessfully)
        {
            commit.GetAwaiter().GetResult();
            options.Metrics?.Committed(options.Time.GetElapsedTime(since));
            activity?.Stop();
            complete(new CommittedInput());
            return;
        }

        Task pending = commit.AsTask();
        Run(() => AwaitCommitAsync(pending, since, activity));
    }

    // One commit serves all who wait: a child of one append, linked to the others.
    private static Activity? BeginCommit(IReadOnlyCollection<PendingReply> waiting)
    {
        if (!CrdtTraces.Source.HasListeners())
        {
            return null;
        }

        ActivityContext[] causes = [.. waiting.OfType<AppendReply>().Select(static a => a.Cause).Where(static c => c != default)];
        return CrdtTraces.Source.StartAside(CrdtTraces.Commit, causes.FirstOrDefault(), causes.Skip(1).Select(static c => new ActivityLink(c)));
    }

    private async Task AwaitCommitAsync(Task commit, long since, Activity? activity)
    {
        using Activity? ended = activity;
        ReplicaInput outcome;
        try
        {
            await commit;
            options.Metrics?.Committed(options.Time.GetElapsedTime(since));
            outcome = new CommittedInput();
        }
        catch (StoreException failed)
        {
            activity.Failed(failed.Error);
            outcome = new CommitFailedInput(failed.Error, failed.Message);
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            // A store that breaks its contract: nothing may wait for ever for what it never said.
            activity.Failed(failed);
            outcome = new CommitFailedInput(StoreError.Io, $"The store failed without a reason of its own: {failed.Message}");
        }

        complete(outcome);
    }

    private void Run(Func<Task> errand)
    {
        _running.RemoveWhere(static task => task.IsCompletedSuccessfully);
        _running.Add(options.Spawner.StartAsync(errand));
    }

    private async Task FetchAsync(FetchEffect fetch)
    {
        IReadOnlyList<Event?> found = [];
        long since = options.Time.GetTimestamp();
        using CancellationTokenSource limit = new(options.FetchTimeout, options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            found = await options.Syncer!.FetchAsync(options.Genesis.Cid, fetch.Cids, fetch.Hint, either.Token);
            int count = found.Count(static e => e is not null);
            options.Metrics?.Fetched(found: true, count);
            options.Metrics?.Fetched(found: false, fetch.Cids.Count - count);
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            options.Metrics?.Fetched(found: false, fetch.Cids.Count); // the world: the backoff tries again
        }

        options.Metrics?.FetchTook(options.Time.GetElapsedTime(since));
        complete(new FetchedInput(fetch.Cids, found));
    }

    private async Task SyncAsync(SyncEffect sync)
    {
        try
        {
            await options.Syncer!.SyncWithAsync(options.Genesis.Cid, sync.Peer, _stop.Token);
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            options.Metrics?.Fetched(found: false, 1);
        }

        complete(new SyncedInput(sync.Peer));
    }

    private async Task ListenAsync(IBroadcaster broadcaster)
    {
        try
        {
            await foreach (BroadcastMessage message in broadcaster.ReadAllAsync(_stop.Token))
            {
                Hear(message);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return; // closing
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            Note($"Listening ended: {failed.Message}"); // sync sessions go on
        }
    }

    private void Hear(BroadcastMessage message)
    {
        Cid document = options.Genesis.Cid;
        InvalidReason reason = GossipPayload.Read(message.Payload, document, out Event? heard, out Announcement? announcement);
        if (heard is not null)
        {
            IncomingBlock block = new(heard.Bytes, default, heard, message.SignatureVerified);
            gossip(new BlocksInput([block], message.Source, EventSource.Broadcast, null));
        }
        else if (announcement is not null)
        {
            gossip(new AnnouncedInput(announcement, message.Source));
        }
        else
        {
            options.Metrics?.Verdict(EventVerdict.Invalid(reason));
        }
    }

    private async Task SpeakAsync(IBroadcaster broadcaster)
    {
        await foreach (ReadOnlyMemory<byte> payload in _outbox.Reader.EachAsync())
        {
            try
            {
                await broadcaster.BroadcastAsync(payload, _stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return; // closing: what is unsaid is announced by others or at the next start
            }
            catch (Exception failed) when (failed is not OutOfMemoryException)
            {
                Note($"A broadcast failed: {failed.Message}"); // what was not said, sync delivers
            }
        }
    }
}
