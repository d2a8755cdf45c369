using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Owns one <see cref="ReplicaCore"/>: one reader, a bounded inbox, a timer. Effects that take time (commits, fetches, sync
/// sessions) run beside the loop and come back as inputs; the loop itself waits for nothing that waits for it.
/// </summary>
internal sealed class ReplicaLoop : IAsyncDisposable
{
    private const int DrainMax = 256;

    private readonly Channel<object> _inbox;
    // What is under way is bounded (one commit, fetches, sessions, over reloads as well), and so is what comes of it; an errand that ends is always heard.
    private readonly ConcurrentQueue<ReplicaInput> _completions = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });
    private readonly List<ReplicaEffect> _effects = [];
    private readonly HashSet<PendingReply> _waiting = [];
    private readonly List<object> _taken = [];
    private readonly ITimer _timer;
    private readonly long _startedAt;
    private readonly ReplicaPublisher _publisher;
    private readonly ReplicaErrands _errands;
    private ReplicaOptions _options;
    private ReplicaCore _core;
    private Task _loop = Task.CompletedTask;
    private int _fired;
    private TimeSpan _armedFor = TimeSpan.MaxValue;
    private ReplicaException? _crash;

    private ReplicaLoop(ReplicaOptions options)
    {
        _options = options;
        _startedAt = options.Time.GetTimestamp();
        _inbox = Channel.CreateBounded<object>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        _core = new ReplicaCore(options, Now);
        _publisher = new ReplicaPublisher(options);
        _errands = new ReplicaErrands(options, Complete, TryPostGossip);
        _timer = options.Time.CreateTimer(
            static state => ((ReplicaLoop)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The latest snapshot.</summary>
    public ReplicaStatus Status => _publisher.Status;

    private ulong WallClock => (ulong)Math.Max(0, _options.Time.GetUtcNow().ToUnixTimeMilliseconds());

    private TimeSpan Now => _options.Time.GetElapsedTime(_startedAt);

    /// <summary>Loads the store, then starts.</summary>
    public static async Task<ReplicaLoop> StartAsync(ReplicaOptions options, CancellationToken cancellationToken)
    {
        ReplicaLoop loop = new(options);
        await loop.LoadAsync(callFolds: true, cancellationToken);
        loop._errands.Start();
        loop._loop = options.Spawner.StartAsync(loop.RunAsync);
        return loop;
    }

    /// <summary>Posts a command; waits while the inbox is full.</summary>
    /// <exception cref="ReplicaException">The replica is closed.</exception>
    public async ValueTask PostAsync(object command, CancellationToken cancellationToken)
    {
        while (!_inbox.Writer.TryWrite(command))
        {
            if (!await _inbox.Writer.WaitToWriteAsync(cancellationToken))
            {
                throw Ended();
            }
        }

        Wake();
    }

    /// <summary>Takes no more commands, finishes what was taken, stops. The error that ended the loop, if any, is thrown.</summary>
    public async ValueTask DisposeAsync()
    {
        _inbox.Writer.TryComplete();
        Wake();
        await _loop;
        if (_crash is ReplicaException crash)
        {
            throw crash;
        }
    }

    private ReplicaException Ended() => Volatile.Read(ref _crash) ?? new ReplicaException(ReplicaError.Closed, "The replica is closed.");

    private void Fire()
    {
        Volatile.Write(ref _fired, 1);
        Wake();
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private void Complete(ReplicaInput input)
    {
        _completions.Enqueue(input);
        Wake();
    }

    // Gossip may be dropped, sync repairs it; it must never wait for us.
    private void TryPostGossip(ReplicaInput input)
    {
        if (_inbox.Writer.TryWrite(input))
        {
            Wake();
        }
        else
        {
            _options.Metrics?.InboxDropped();
        }
    }

    private async Task LoadAsync(bool callFolds, CancellationToken cancellationToken)
    {
        List<IncomingBlock> applied = [];
        List<IncomingBlock> held = [];
        await foreach (StoredBlock block in _options.Store.LoadAsync(_options.Genesis, cancellationToken))
        {
            (block.IsApplied ? applied : held).Add(new IncomingBlock(block.Bytes, block.Cid, null, SignatureVerified: false));
        }

        (OwnTip? tip, IReadOnlyList<ReadOnlyMemory<byte>> authors) = await OwnWriter.RecallAsync(_options, cancellationToken);
        _core.Writer.Remember(authors);
        StagedBatch replayed = _core.Load(applied, held, tip);
        _core.Acknowledged.Load(await _options.Store.GetAcknowledgementsAsync(_options.Genesis.Cid, cancellationToken));
        await _publisher.ReplayAsync(replayed, applied, callFolds, cancellationToken);
        _publisher.PublishStatus(_core, Now);
    }

    private async Task RunAsync()
    {
        try
        {
            await TurnAsync();
            while (!IsDone()) // even if there is something to do at every turn: peers that keep us busy must not keep us from closing
            {
                Arm();
                await _wake.Reader.ReadAsync();
                await TurnAsync();
            }
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            // Fail-stop: the index may be half changed. Callers are told so by name, and what is durable is there after reopening.
            Volatile.Write(ref _crash, new ReplicaException(ReplicaError.Internal, $"A fault of the program ended this document's loop: {failed.Message}", failed));
            _options.Metrics?.Crashed();
            _publisher.PublishCrash(failed);
        }
        finally
        {
            await CloseAsync();
        }
    }

    private bool IsDone() => _inbox.Reader.Completion.IsCompleted && !_core.IsCommitting && (!_core.HasStaged || _core.Fault != StoreError.None);

    // Takes what is there, then lets the core commit it in one go, until nothing is left.
    private async ValueTask TurnAsync()
    {
        bool more = true;
        while (more)
        {
            more = await TakeSomeAsync();
            WorkMark? mark = _options.Work?.Apply.Begin();
            _core.Step(new TickInput(WallClock, _inbox.Reader.Completion.IsCompleted), Now, _effects);
            _options.Work?.Apply.End(mark);
            more |= _effects.Count > 0;
            await PerformAsync();
            if (_core.Fault == StoreError.DiskFull)
            {
                await ReloadAsync();
            }

            _publisher.NoteFailure(_errands.Failure);
            _publisher.PublishStatus(_core, Now);
        }
    }

    private async ValueTask<bool> TakeSomeAsync()
    {
        int taken = 0;
        _core.Room = _options.Store.Room;
        while (_completions.TryDequeue(out ReplicaInput? completion))
        {
            _core.Step(completion, Now, _effects);
            taken++;
        }

        await PerformAsync(); // what has become durable is told before more is looked at
        // While a commit is on its way, at most one more batch is collected: then callers wait.
        int staged = _core.StagedCount;
        while (_taken.Count < DrainMax && (!_core.IsCommitting || staged + _taken.Count < _options.CommitEventsMax)
            && _inbox.Reader.TryRead(out object? command))
        {
            _taken.Add(command);
        }

        if (_taken.Count > 0)
        {
            _options.Metrics?.InboxDepth(_taken.Count);
            await VerifyAheadAsync();
        }

        WorkMark? mark = _options.Work?.Apply.Begin();
        _taken.ForEach(Take);
        _options.Work?.Apply.End(mark);
        taken += _taken.Count;
        _taken.Clear();
        return taken > 0;
    }

    // Signatures are nearly all the work there is, and independent of each other: they are checked together, by several threads when there are
    // several. Nobody else touches the core meanwhile, and the checks wait for nothing.
    private async ValueTask VerifyAheadAsync()
    {
        SignatureBatch? checks = null;
        for (int i = 0; i < _taken.Count; i++)
        {
            if (_taken[i] is BlocksInput blocks)
            {
                _taken[i] = _core.Plan(blocks, checks ??= new SignatureBatch(), Now);
            }
        }

        if (checks is null || checks.Count == 0)
        {
            return;
        }

        long since = _options.Time.GetTimestamp();
        await checks.RunAllAsync(_options);
        _core.TakeAhead(checks);
        _options.Metrics?.VerifyTook(_options.Time.GetElapsedTime(since));
    }

    private void Take(object command)
    {
        switch (command)
        {
            case ReadRequest read:
                read.Run(_core, _publisher.Changes);
                return;
            case BlocksInput { Token: PendingReply reply }:
                _waiting.Add(reply);
                break;
            case AppendInput { Token: PendingReply reply }:
                _waiting.Add(reply);
                break;
            case NewSignerInput signer:
                _options = _options with { Signer = signer.Signer }; // a reload must not go back to the old key
                break;
            default:
                break;
        }

        _core.Step((ReplicaInput)command, Now, _effects);
    }

    private async ValueTask PerformAsync()
    {
        // Completions are posted, never run inside: the list cannot grow while it is walked, except by index.
        for (int i = 0; i < _effects.Count; i++)
        {
            switch (_effects[i])
            {
                case ReplyEffect reply:
                    if (_core.Fault != Status.Fault)
                    {
                        _publisher.PublishStatus(_core, Now); // who is told of a failure finds it in the status
                    }

                    _waiting.Remove((PendingReply)reply.Token);
                    ((PendingReply)reply.Token).Complete(reply);
                    break;
                case PublishEffect publish:
                    await PublishAsync(publish.Batch);
                    break;
                case BroadcastEffect broadcast:
                    _errands.Broadcast(broadcast.Payload);
                    break;
                case VerdictEffect verdict:
                    _options.Metrics?.Verdict(verdict.Verdict);
                    _publisher.TellFault(verdict);
                    break;
                default:
                    _errands.Start(_effects[i], _waiting);
                    break;
            }
        }

        _effects.Clear();
    }

    private async ValueTask PublishAsync(StagedBatch batch)
    {
        long since = _options.Time.GetTimestamp();
        WorkMark? mark = _options.Work?.Apply.Begin();
        try
        {
            foreach (Event side in await _publisher.PublishAsync(batch, CancellationToken.None))
            {
                _errands.Broadcast(GossipPayload.Encode(side));
            }

            await _publisher.CheckSignaturesAsync(_core, batch, CancellationToken.None);
        }
        catch (StoreException failed)
        {
            _core.Fail(failed.Error); // durable but not readable: no more is written on top of it
        }

        _options.Metrics?.ApplyTook(_options.Time.GetElapsedTime(since));
        _options.Work?.Apply.End(mark);
        _publisher.PublishStatus(_core, Now);
    }

    // No space: nothing of the batch is there, so the index is built again from what is. Writes work again when there is space.
    private async ValueTask ReloadAsync()
    {
        StoreError before = _core.Fault;
        ReplicaCore old = _core;
        _core = new ReplicaCore(_options, Now, old);
        try
        {
            await LoadAsync(callFolds: false, CancellationToken.None);
        }
        catch (StoreException)
        {
            _core = old; // stays faulted with its last error
            Debug.Assert(before != StoreError.None, "Only a fault leads here.");
        }
    }

    // Setting a timer takes a lock of the whole process: not again for the instant it is set to.
    private void Arm()
    {
        if (Interlocked.Exchange(ref _fired, 0) != 0)
        {
            _armedFor = TimeSpan.MaxValue;
        }

        TimeSpan due = _core.NextDue;
        TimeSpan now = Now;
        if (due != _armedFor || due <= now)
        {
            _armedFor = due;
            _timer.Change(due > now ? due - now : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        }
    }

    private async ValueTask CloseAsync()
    {
        _inbox.Writer.TryComplete();
        FailWaiters(); // first: what is closed below may take its time
        await _timer.DisposeAsync();
        await _errands.DisposeAsync();
        _publisher.NoteFailure(_errands.Failure);
        _publisher.Changes.Signal();
        _publisher.Retire();
    }

    private void FailWaiters()
    {
        foreach (PendingReply reply in _waiting)
        {
            reply.Fail(Ended());
        }

        _taken.ForEach(Refuse);
        while (_inbox.Reader.TryRead(out object? command))
        {
            Refuse(command);
        }
    }

    private void Refuse(object command)
    {
        (command as ReadRequest)?.Fail(Ended());
        ((command as AppendInput)?.Token as PendingReply)?.Fail(Ended());
        ((command as BlocksInput)?.Token as PendingReply)?.Fail(Ended());
    }
}
