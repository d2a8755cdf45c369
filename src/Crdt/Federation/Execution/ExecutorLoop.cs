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
    private const int FetchMax = 64;

    private readonly Replica _replica;
    private readonly ExecutorOptions _options;
    private readonly Func<EventDraft, Task<Event>> _append;
    private readonly IBlockStore _blocks;
    private readonly ExecutorCore _core;
    private readonly Channel<Event?> _inbox;
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _ticks;
    private readonly Task _reading;
    private readonly Task _running;
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
        _inbox = Channel.CreateBounded<Event?>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        TimeProvider time = replica.Options.Time;
        _startedAt = time.GetTimestamp();
        _ticks = time.CreateTimer(static state => ((ExecutorLoop)state!)._inbox.Writer.TryWrite(null), this, options.Tick, options.Tick);
        _reading = replica.Options.Spawner.StartAsync(ReadAsync);
        _running = replica.Options.Spawner.StartAsync(RunAsync);
    }

    /// <summary>Why it takes no part any more: what the document, its store or the block store threw. Null while it does.</summary>
    public Exception? Fault { get; private set; }

    /// <summary>What it has seen and done.</summary>
    public ExecutorStatus Status => _status;

    /// <summary>Starts to take part.</summary>
    /// <param name="replica">The document, with an author key. Not owned.</param>
    /// <param name="options">How.</param>
    /// <param name="blocks">Where large outputs are kept and inputs are looked for.</param>
    /// <param name="append">How this node writes; null to append and broadcast.</param>
    /// <exception cref="ArgumentException">The replica has no author key.</exception>
    public static ExecutorLoop Start(Replica replica, ExecutorOptions options, IBlockStore blocks, Func<EventDraft, Task<Event>>? append = null)
    {
        ArgumentNullException.ThrowIfNull(replica);
        ArgumentNullException.ThrowIfNull(options);
        ISigner signer = replica.Options.Signer ?? replica.Options.Store.Signer ?? throw new ArgumentException("An executor writes receipts: it needs an author key.", nameof(replica));
        return new ExecutorLoop(replica, signer.Author.ToArray(), options, blocks, append ?? (draft => replica.BroadcastAppendAsync(draft)));
    }

    /// <summary>Declares this author an executor of all snapshots that come after.</summary>
    public Task<Event> DeclareAsync() =>
        _append(new EventDraft { Type = Records.FederationTypes.Artifact, Body = Records.ArtifactBody.OfBytes("executor"u8.ToArray(), ExecutionTags.Executor).Encode() });

    /// <summary>Waits until a request is done, has failed or was refused.</summary>
    /// <param name="request">The artifact that asks.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="ReplicaException">The executor has ended: see <see cref="Fault"/>.</exception>
    public async Task<RequestProgress> WaitAsync(Cid request, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed = Volatile.Read(ref _changed).Task;
            if (_status.Requests.TryGetValue(request, out RequestProgress? progress)
                && progress.State is RequestState.Done or RequestState.Failed or RequestState.Refused)
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
        await _reading;
        await _running;
        Tell();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            await foreach (ReplicaChange change in _replica.Changes(default, _stop.Token))
            {
                // What is retracted stays known: blocks are named by their content, and a receipt is judged by its content.
                if (change.Kind == ReplicaChangeKind.Applied && !_inbox.Writer.TryWrite(change.Event))
                {
                    await _inbox.Writer.WriteAsync(change.Event, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
        catch (Exception ended)
        {
            End(ended);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(_stop.Token))
            {
                while (_inbox.Reader.TryRead(out Event? next))
                {
                    if (next is not null)
                    {
                        _core.Apply(next);
                    }
                }

                await WorkAsync();
            }
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
        foreach (Cid missing in _core.Missing().Take(FetchMax))
        {
            if (await _blocks.GetAsync(missing, _stop.Token) is ReadOnlyMemory<byte> block)
            {
                _core.AddBlock(missing, block);
            }
        }

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
        }
        while (tasks.Count > 0 && !_inbox.Reader.TryPeek(out _));

        _status = _core.Status;
        Tell();
    }

    private async Task PerformAsync(Cid request, StageTask task)
    {
        StageOutcome outcome = _core.Perform(request, task);
        foreach (Block block in outcome.Blocks)
        {
            await _blocks.PutAsync(block, _stop.Token);
        }

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
