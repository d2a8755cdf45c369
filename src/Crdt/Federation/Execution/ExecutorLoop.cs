using System.Collections.Concurrent;
using System.Threading.Channels;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Federation.Execution;

/// <summary>Runs an <see cref="ExecutorCore"/> over a replica: reads its changes, appends artifacts and receipts. Owned by whoever started it. Thread-safe.</summary>
public sealed class ExecutorLoop : IAsyncDisposable
{
    private readonly Replica _replica;
    private readonly ExecutorOptions _options;
    private readonly Func<EventDraft, Task<Event>> _append;
    private readonly IBlockStore _blocks;
    private readonly ExecutorCore _core;
    private readonly Channel<ExecutorInput> _inbox;
    private readonly Channel<Cid> _wanted;
    private readonly HashSet<Cid> _looking = [];
    private readonly HashSet<Cid> _lookedFor = [];
    private readonly ConcurrentDictionary<Cid, int> _waits = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _ticks;
    private readonly Task _work;
    private readonly long _startedAt;
    private volatile ExecutorStatus _status = new(0, 0, [], new Dictionary<Cid, RequestProgress>());
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;

    private ExecutorLoop(Replica replica, ReadOnlyMemory<byte> self, ExecutorOptions options, IBlockStore blocks, Func<EventDraft, Task<Event>> append)
    {
        _replica = replica;
        _options = options;
        _append = append;
        _blocks = blocks;
        _core = new ExecutorCore(replica.Options.Genesis, self, options);
        _inbox = Channel.CreateBounded<ExecutorInput>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        _wanted = Channel.CreateBounded<Cid>(new BoundedChannelOptions(options.FetchesMax) { SingleWriter = true });
        TimeProvider time = replica.Options.Time;
        _startedAt = time.GetTimestamp();
        _ticks = time.CreateTimer(static state => ((ExecutorLoop)state!)._inbox.Writer.TryWrite(default), this, options.Tick, options.Tick);
        ISpawner spawner = replica.Options.Spawner;
        _work = Task.WhenAll([
            spawner.StartAsync(() => GuardAsync(ReadAsync)),
            spawner.StartAsync(() => GuardAsync(RunAsync)),
            .. Enumerable.Range(0, options.FetchersMax).Select(_ => spawner.StartAsync(() => GuardAsync(FetchAsync))),
        ]);
    }

    /// <summary>Why it takes no part any more: what the document, its store or the block store threw. Null while it does.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>What it has seen and done.</summary>
    public ExecutorStatus Status => _status;

    /// <summary>Starts to take part.</summary>
    /// <param name="replica">The document, with an author key. Not owned.</param>
    /// <param name="options">How.</param>
    /// <param name="blocks">Where large outputs are kept and inputs are looked for, however long that takes; nothing else waits for it.</param>
    /// <param name="append">How this node writes; null to append and broadcast.</param>
    /// <exception cref="ArgumentException">The replica has no author key.</exception>
    public static ExecutorLoop Start(Replica replica, ExecutorOptions options, IBlockStore blocks, Func<EventDraft, Task<Event>>? append = null)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(options);
        ISigner signer = replica.Options.Signer ?? replica.Options.Store.SignerOf(replica.Document) ?? throw new ArgumentException("An executor writes receipts: it needs an author key.", nameof(replica));
        return new ExecutorLoop(replica, signer.Author.ToArray(), options, blocks, append ?? (draft => replica.BroadcastAppendAsync(draft)));
    }

    /// <summary>Declares this author an executor of all snapshots that come after.</summary>
    /// <param name="cancellationToken">Ends the wait; the declaration may still be written.</param>
    public Task<Event> DeclareAsync(CancellationToken cancellationToken = default) =>
        _append(new EventDraft { Type = Records.FederationTypes.Artifact, Body = Records.ArtifactBody.OfBytes("executor"u8.ToArray(), ExecutionTags.Executor).Encode() })
            .OrCanceledAsync(cancellationToken);

    /// <summary>Waits until a request is done, failed, was refused or dropped, is too large, or has stalled: a stalled one is worked on, and may be waited for again.</summary>
    /// <param name="request">The artifact that asks. One that is not in the document yet is waited for.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ReplicaException">The executor has ended: see <see cref="Fault"/>.</exception>
    public async Task<RequestProgress> WaitAsync(Cid request, CancellationToken cancellationToken)
    {
        _waits.AddOrUpdate(request, 1, static (_, count) => count + 1);
        try
        {
            return await WaitForEndAsync(request, cancellationToken);
        }
        finally
        {
            if (_waits.AddOrUpdate(request, 0, static (_, count) => count - 1) <= 0)
            {
                _waits.TryRemove(new KeyValuePair<Cid, int>(request, 0));
            }
        }
    }

    /// <summary>Stops; what was appended stays. Idempotent, and throws nothing: see <see cref="Fault"/>.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _stop.Cancel();
        await _ticks.DisposeAsync();
        _inbox.Writer.TryComplete();
        await _work;
        Tell();
        _stop.Dispose();
    }

    private async Task<RequestProgress> WaitForEndAsync(Cid request, CancellationToken cancellationToken)
    {
        _inbox.Writer.TryWrite(default); // one that is forgotten is named in the status from now on
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            if (_status.Requests.TryGetValue(request, out RequestProgress? progress)
                && progress.State is not (RequestState.None or RequestState.Waiting or RequestState.Running))
            {
                return progress;
            }

            if (Volatile.Read(ref _disposed) != 0)
            {
                throw new ReplicaException(ReplicaError.Closed, "The executor is closed.", Fault);
            }

            if (Fault is Exception fault)
            {
                throw new ReplicaException(ReplicaError.Closed, "The executor has ended: see its Fault.", fault);
            }

            await changed.OrCanceledAsync(cancellationToken);
        }
    }

    private async Task GuardAsync(Func<Task> part)
    {
        try
        {
            await part();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
        catch (Exception ended)
        {
            End(ended); // the document is closed, a store failed, or this author may not write: whoever waits is told
        }
    }

    private async Task ReadAsync()
    {
        await foreach (ReplicaChange change in _replica.Changes(default, _stop.Token))
        {
            await PostAsync(new ExecutorInput(change.Event, change.Kind == ReplicaChangeKind.Retracted, default, null));
        }
    }

    private async Task FetchAsync()
    {
        await foreach (Cid wanted in _wanted.Reader.EachAsync(_stop.Token))
        {
            await PostAsync(new ExecutorInput(null, IsHidden: false, wanted, await _blocks.GetAsync(wanted, _stop.Token)));
        }
    }

    private async ValueTask PostAsync(ExecutorInput input)
    {
        if (!_inbox.Writer.TryWrite(input))
        {
            await _inbox.Writer.WriteAsync(input, _stop.Token);
        }
    }

    private async Task RunAsync()
    {
        while (await _inbox.Reader.WaitToReadAsync(_stop.Token))
        {
            bool hasNews = false;
            while (_inbox.Reader.TryRead(out ExecutorInput input))
            {
                hasNews |= Take(input);
                await KeepAsync(_core.TakeKept());
            }

            if (hasNews)
            {
                await WorkAsync();
            }
        }
    }

    // False for a block that nobody has: nothing follows from it.
    private bool Take(in ExecutorInput input)
    {
        if (input.IsTick)
        {
            _lookedFor.Clear();
        }
        else if (input.Event is Event next)
        {
            if (input.IsHidden)
            {
                _core.Retract(next);
            }
            else
            {
                _core.Apply(next); // one that returned, too: what is known of it counts once
            }
        }
        else
        {
            _looking.Remove(input.Asked);
            if (input.Block is not ReadOnlyMemory<byte> block)
            {
                return false;
            }

            _core.AddBlock(input.Asked, block);
        }

        return true;
    }

    private async ValueTask KeepAsync(IReadOnlyList<Block> blocks)
    {
        foreach (Block block in blocks)
        {
            await _blocks.PutAsync(block, _stop.Token);
        }
    }

    private void End(Exception fault)
    {
        Fault ??= fault;
        _ticks.Dispose();
        _stop.Cancel();
        Tell();
    }

    private void Tell() => Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private async Task WorkAsync()
    {
        // One stage may make the next one ready; what others wrote meanwhile comes first, for it may have been done.
        IReadOnlyList<(Cid Request, StageTask Task)> tasks;
        do
        {
            tasks = _core.Step(_replica.Options.Time.GetElapsedTime(_startedAt));
            foreach ((Cid request, StageTask task) in tasks)
            {
                _stop.Token.ThrowIfCancellationRequested();
                await PerformAsync(request, task);
            }

            await KeepAsync(_core.TakeKept());
        }
        while (tasks.Count > 0 && !_inbox.Reader.TryPeek(out _));

        LookForBlocks();
        _status = _core.StatusWith(_waits.Keys);
        Tell();
    }

    // So many in a tick, and none twice in one: what is nowhere costs little, and keeps nothing else waiting.
    private void LookForBlocks()
    {
        int room = _options.FetchesMax - Math.Max(_lookedFor.Count, _looking.Count);
        foreach (Cid missing in room > 0 ? _core.NextMissing(room) : [])
        {
            if (!_looking.Contains(missing) && _lookedFor.Add(missing) && _wanted.Writer.TryWrite(missing))
            {
                _looking.Add(missing);
            }
        }
    }

    private async Task PerformAsync(Cid request, StageTask task)
    {
        StageOutcome outcome = _core.Perform(request, task);
        await KeepAsync(outcome.Blocks);
        foreach (EventDraft draft in outcome.Drafts)
        {
            try
            {
                await _append(draft);
            }
            catch (ReplicaException refused) when (refused.Error == ReplicaError.BadDraft)
            {
                _core.Refuse(request); // it would be refused after every restart too; other requests go on
                return;
            }
        }
    }
}
