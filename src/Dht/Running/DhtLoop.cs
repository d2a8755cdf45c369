using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Dht.Engine;
using P2P.Dht.Serving;
using P2P.Dht.Wire;
using P2P.Transport.Connections;

namespace P2P.Dht.Running;

/// <summary>Owns the engine, its inbox, its timer and every task that carries a request.</summary>
internal sealed class DhtLoop : IAsyncDisposable
{

    private static readonly TimeSpan s_reconcileInterval = TimeSpan.FromMinutes(1);

    private readonly IPeerNetwork _network;
    private readonly KadOptions _options;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly KadEngine _engine;
    private readonly KadMetrics _metrics;
    private readonly PeerLanes _lanes;
    private readonly Channel<LoopItem> _inbox;
    private readonly Dictionary<long, OperationWaiter> _operations = [];
    private readonly Dictionary<long, TaskCompletionSource<ServerAnswer>> _replies = [];
    private readonly ITimer _timer;
    private readonly Task _loop;
    private readonly Task _events;

    // Never disposed: a stream that the network hands over while we stop may still link to it. It holds no timer.
    private readonly CancellationTokenSource _stop = new();
    private TimeSpan _reconcileAt;
    private long _lastId;
    private int _tablePeers;
    private int _disposed;

    public DhtLoop(IPeerNetwork network, KadOptions options, TimeProvider time, ISpawner spawner, IChance chance)
    {
        _network = network;
        _options = options;
        _time = time;
        _startedAt = time.GetTimestamp();
        _engine = new KadEngine(new NetworkPeers(network), options, chance, new WallClock(time.GetUtcNow()));
        _metrics = new KadMetrics(options.Meters, () => Volatile.Read(ref _tablePeers));
        _lanes = new PeerLanes(new KadClient(network, options, time, _metrics), spawner, PostEndAsync, _stop.Token);
        _inbox = Channel.CreateBounded<LoopItem>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        _timer = time.CreateTimer(static state => ((DhtLoop)state!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _loop = spawner.StartAsync(RunAsync);
        _events = spawner.StartAsync(WatchAsync);
        if (options.Mode == KadMode.Server)
        {
            StreamServer server = new(this, options, time, _metrics);
            network.Handle(options.Protocol, server.ServeAsync, options.StreamsPerPeer);
        }
    }

    /// <summary>Cancelled when the loop stops.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Ends with the loop; faulted when a defect of ours ended it.</summary>
    public Task Completion => _loop;

    /// <summary>Starts an operation.</summary>
    /// <exception cref="KadException">The loop stops.</exception>
    public async Task<(long Id, OperationWaiter Waiter)> StartAsync(KadCommand command, ChannelWriter<PeerInfo>? providers, CancellationToken cancellationToken)
    {
        long id = Interlocked.Increment(ref _lastId);
        OperationWaiter waiter = new(_time.GetElapsedTime(_startedAt), providers);
        await PostAsync(new LoopItem(new KadInput(KadInputKind.Start) { Id = id, Command = command }) { Operation = waiter }, cancellationToken);
        return (id, waiter);
    }

    /// <summary>Ends an operation early, if there is room to say so; it ends by itself otherwise.</summary>
    public void Cancel(long id) => _inbox.Writer.TryWrite(new LoopItem(new KadInput(KadInputKind.Cancel) { Id = id }));

    public Task StopProvidingAsync(ReadOnlyMemory<byte> multihash, CancellationToken cancellationToken) =>
        PostAsync(new LoopItem(new KadInput(KadInputKind.StopProviding) { Command = new KadCommand(KadOperationKind.Provide, multihash) }), cancellationToken);

    public async Task<TableSnapshot> SnapshotAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<TableSnapshot> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await PostAsync(new LoopItem(default) { Snapshot = result }, cancellationToken);
        return await WaitAsync(result.Task, cancellationToken);
    }

    /// <summary>The answer to a request of a peer. Waits while the inbox is full: that stream alone is held up.</summary>
    public async Task<ServerAnswer> AnswerAsync(PeerId from, KadMessage request, CancellationToken cancellationToken)
    {
        TaskCompletionSource<ServerAnswer> reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
        long id = Interlocked.Increment(ref _lastId);
        KadInput input = new(KadInputKind.Request) { Id = id, Peer = from, Message = request };
        try
        {
            await _inbox.Writer.WriteAsync(new LoopItem(input) { Reply = reply }, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new OperationCanceledException(_stop.Token);
        }

        return await reply.Task.OrCanceledAsync(cancellationToken);
    }

    /// <summary>Waits for something the loop will complete, or for its end.</summary>
    public async Task<T> WaitAsync<T>(Task<T> task, CancellationToken cancellationToken)
    {
        await Task.WhenAny(task.EndAsync(CancellationToken.None), _loop).OrCanceledAsync(cancellationToken);
        return task.IsCompleted ? await task : throw Stopped();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            if (_options.Mode == KadMode.Server)
            {
                _network.Unhandle(_options.Protocol);
            }

            _inbox.Writer.TryComplete();
            _stop.Cancel();
            await _timer.DisposeAsync();
        }

        // A defect shows in Completion; disposing must still end everything.
        await Task.WhenAny(_loop);
        await Task.WhenAny(_events);
        await _lanes.StopAsync();
        _metrics.Dispose();
    }

    private static KadException Stopped() => new(KadError.Stopped, "The DHT has stopped.");

    private void Wake() => _inbox.Writer.TryWrite(new LoopItem(new KadInput(KadInputKind.Tick))); // a full inbox wakes the loop anyway

    private async Task PostAsync(LoopItem item, CancellationToken cancellationToken)
    {
        try
        {
            await _inbox.Writer.WriteAsync(item, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw Stopped();
        }
    }

    private async ValueTask PostEndAsync(LoopItem item)
    {
        while (await _inbox.Writer.WaitToWriteAsync())
        {
            if (_inbox.Writer.TryWrite(item))
            {
                return;
            }
        }

        item.Reusable?.Stream.Abort(); // stopped: nobody takes the stream over
    }

    private async Task RunAsync()
    {
        List<KadEffect> effects = [];
        try
        {
            while (await _inbox.Reader.WaitToReadAsync(_stop.Token))
            {
                while (_inbox.Reader.TryRead(out LoopItem item))
                {
                    Step(item, effects);
                }

                Step(new LoopItem(new KadInput(KadInputKind.Tick)), effects);
                Reconcile(effects);
                Volatile.Write(ref _tablePeers, _engine.Stores.Table.Count);
                Arm();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The owner disposes us.
        }
        catch (Exception defect)
        {
            Log.LoopFailed(_options.Logger, defect);
            throw;
        }
        finally
        {
            _inbox.Writer.TryComplete();
            _stop.Cancel();
            Abandon();
        }
    }

    private void Step(in LoopItem item, List<KadEffect> effects)
    {
        if (item.Defect is not null)
        {
            ExceptionDispatchInfo.Throw(item.Defect);
        }

        TimeSpan now = _time.GetElapsedTime(_startedAt);
        if (item.Snapshot is not null)
        {
            item.Snapshot.TrySetResult(_engine.Snapshot(now));
            return;
        }

        if (item.Operation is not null)
        {
            _operations.Add(item.Input.Id, item.Operation);
        }

        if (item.Reply is not null)
        {
            _replies.Add(item.Input.Id, item.Reply);
        }

        bool ended = item.Input.Kind is KadInputKind.Answered or KadInputKind.Failed;
        if (ended)
        {
            _lanes.Ended(item.Input.Peer, item.Reusable);
        }

        effects.Clear();
        _engine.Step(item.Input, now, effects);
        foreach (KadEffect effect in effects)
        {
            Perform(effect, now);
        }

        if (ended)
        {
            _lanes.Settle(item.Input.Peer);
        }
    }

    private void Perform(in KadEffect effect, TimeSpan now)
    {
        switch (effect.Kind)
        {
            case KadEffectKind.Send:
                _lanes.Send(effect);
                break;
            case KadEffectKind.Reply:
                if (_replies.Remove(effect.Id, out TaskCompletionSource<ServerAnswer>? reply))
                {
                    reply.TrySetResult(effect.Answer);
                }

                break;
            case KadEffectKind.Learn:
                _network.AddAddresses(effect.Peer, effect.Info!.Addresses);
                break;
            case KadEffectKind.Provider:
                _operations.GetValueOrDefault(effect.Id)?.Found(effect.Info!);
                break;
            case KadEffectKind.Done:
                Done(effect, now);
                break;
            default:
                break;
        }
    }

    private void Done(in KadEffect effect, TimeSpan now)
    {
        KadOutcome outcome = effect.Outcome!;
        if (outcome.RefusedPeers > 0)
        {
            _metrics.PeersRefused(outcome.RefusedPeers);
        }

        if (_operations.Remove(effect.Id, out OperationWaiter? waiter))
        {
            TimeSpan duration = now - waiter.StartedAt;
            _metrics.Ended(outcome.Kind, duration);
            Log.OperationEnded(_options.Logger, outcome.Kind, outcome.Answered, duration);
            waiter.Done(outcome);
        }
    }

    private void Arm()
    {
        TimeSpan now = _time.GetElapsedTime(_startedAt);
        TimeSpan due = _engine.NextDue();
        due = (due < _reconcileAt ? due : _reconcileAt) - now;
        _timer.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Peer events may be lost when we fall behind: the list of connections is the truth.</summary>
    private void Reconcile(List<KadEffect> effects)
    {
        TimeSpan now = _time.GetElapsedTime(_startedAt);
        if (now < _reconcileAt)
        {
            return;
        }

        _reconcileAt = now + s_reconcileInterval;
        foreach (PeerId peer in _network.ConnectedPeers)
        {
            if (_engine.Stores.Table.Find(peer) is null && _network.ProtocolsOf(peer).Contains(_options.Protocol))
            {
                Step(new LoopItem(new KadInput(KadInputKind.PeerServes) { Peer = peer }), effects);
            }
        }
    }

    private async Task WatchAsync()
    {
        try
        {
            await foreach (PeerEvent change in _network.PeerEventsAsync(_stop.Token))
            {
                KadInputKind kind = change.Kind switch
                {
                    PeerEventKind.Identified => change.Protocols.Contains(_options.Protocol) ? KadInputKind.PeerServes : KadInputKind.PeerServesNot,
                    PeerEventKind.Disconnected => KadInputKind.PeerGone,
                    _ => KadInputKind.None,
                };
                if (kind != KadInputKind.None)
                {
                    await _inbox.Writer.WriteAsync(new LoopItem(new KadInput(kind) { Peer = change.Peer }), _stop.Token);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ChannelClosedException)
        {
            // Stopping.
        }
    }

    private void Abandon()
    {
        while (_inbox.Reader.TryRead(out LoopItem item))
        {
            item.Operation?.Fail(KadError.Stopped);
            item.Snapshot?.TrySetException(Stopped());
            item.Reply?.TrySetCanceled();
            item.Reusable?.Stream.Abort();
        }

        foreach (OperationWaiter waiter in _operations.Values)
        {
            waiter.Fail(KadError.Stopped);
        }

        foreach (TaskCompletionSource<ServerAnswer> reply in _replies.Values)
        {
            reply.TrySetCanceled();
        }
    }
}
