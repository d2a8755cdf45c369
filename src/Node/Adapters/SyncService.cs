using Microsoft.Extensions.Logging;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Documents;
using P2P.Transport.Connections;

namespace P2P.Node.Adapters;

/// <summary>
/// The sync protocol on this node's streams. One session at a time with each peer, whoever opened it: a session carries both directions.
/// Documents asked for meanwhile go together into the next one. When both sides open at once, the session of the lower peer id goes on and
/// the other is opened again behind it. Thread-safe.
/// </summary>
internal sealed class SyncService : IAsyncDisposable
{
    private const int AttemptsMax = 4;
    private static readonly TimeSpan s_crossed = TimeSpan.FromMilliseconds(50);

    private readonly IPeerNetwork _network;
    private readonly DocumentSync _sync;
    private readonly TimeProvider _time;
    private readonly ISpawner _spawner;
    private readonly ILogger _logger;
    private readonly DormantDocuments _documents;
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, SyncQueue> _queues = [];
    private readonly Dictionary<PeerId, (int Count, TaskCompletionSource Over)> _serving = [];
    private readonly FollowUps _followUps;
    private readonly Turnstile _turns;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private long _bytesSent;
    private int _running;

    /// <summary>Starts to serve.</summary>
    public SyncService(
        IPeerNetwork network,
        (DormantDocuments Documents, ISyncHints? Hints) known,
        SyncOptions options,
        (TimeProvider Time, ISpawner Spawner, IChance Chance) runtime,
        ILogger logger)
    {
        _network = network;
        _documents = known.Documents;
        _time = runtime.Time;
        _spawner = runtime.Spawner;
        _logger = logger;
        _stopping = _stop.Token;
        _turns = new Turnstile(options.OutgoingSessionsMax);
        _followUps = new FollowUps(options.WaitingPeersMax, runtime.Time);
        _sync = new DocumentSync(options, known.Documents, runtime, known.Hints);
        network.Handle(SyncProtocol.Id, ServeAsync, options.StreamsPerPeerMax);
    }

    /// <summary>Told of every session that ended for a reason. Must not wait.</summary>
    public Action<PeerId, SyncRefusal>? OnRefused { get; init; }

    /// <summary>This node.</summary>
    public PeerId LocalPeer => _network.LocalPeer;

    /// <summary>How many sessions ended for a reason.</summary>
    public long Refused(SyncRefusal reason) => _sync.Refused(reason);

    /// <summary>Bytes written in all sessions.</summary>
    public long BytesSent => Interlocked.Read(ref _bytesSent);

    /// <summary>From now on the open document takes part in sessions. It is named to those who are connected, lest it sleeps there.</summary>
    public void Add(Replica replica)
    {
        _documents.Opened(replica);
        foreach (PeerId peer in _network.ConnectedPeers)
        {
            Compare(peer, byDigest: false);
        }
    }

    /// <summary>From now on it does not.</summary>
    public void Remove(Cid document) => _documents.Closing(document);

    /// <summary>Names to a peer what was not named to it yet, and compares by one digest what both have named. Nobody waits for it.</summary>
    /// <param name="peer">With whom.</param>
    /// <param name="byDigest">Whether the digest is due.</param>
    public void Compare(PeerId peer, bool byDigest)
    {
        IReadOnlyList<Cid> unnamed = _documents.Books.TakeUnnamed(peer);
        byDigest &= _documents.Books.SharedCount(peer) + unnamed.Count > 0;
        if ((unnamed.Count > 0 || byDigest) && !TryQueue(peer, queue => queue.AddAll(unnamed, byDigest)))
        {
            _documents.Books.NameAgain(peer);
        }
    }

    /// <summary>Syncs a document with a peer: in the session that starts next. Completes when that is over, however it ended.</summary>
    /// <param name="peer">With whom.</param>
    /// <param name="document">What.</param>
    /// <param name="cancellationToken">Ends the wait, not the session.</param>
    public Task SyncAsync(PeerId peer, Cid document, CancellationToken cancellationToken)
    {
        Task done = Task.CompletedTask;
        TryQueue(peer, queue => done = queue.Add(document));
        return done.OrCanceledAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_gate)
        {
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            _stop.Cancel();
            running = [.. _queues.Values.Select(static q => q.Running ?? Task.CompletedTask)];
        }

        _network.Unhandle(SyncProtocol.Id);
        await Task.WhenAll(running);
        _stop.Dispose();
    }

    // False: the service stops, or too many peers wait, and the next announcement asks again.
    private bool TryQueue(PeerId peer, Action<SyncQueue> add)
    {
        lock (_gate)
        {
            if (_stop.IsCancellationRequested || (!_queues.ContainsKey(peer) && _queues.Count >= _sync.Options.WaitingPeersMax))
            {
                return false;
            }

            if (!_queues.TryGetValue(peer, out SyncQueue? queue))
            {
                _queues.Add(peer, queue = new SyncQueue());
            }

            add(queue);
            queue.Running ??= _spawner.StartAsync(() => RunAsync(peer, queue));
            return true;
        }
    }

    private async Task RunAsync(PeerId peer, SyncQueue queue)
    {
        try
        {
            while (TryTake(peer, queue, out IReadOnlyList<Cid> documents, out TaskCompletionSource done))
            {
                SyncReport? report = await OpenInTurnAsync(peer, queue, documents);
                if (report is null && documents.Count > 0)
                {
                    _documents.Books.NameAgain(peer); // no stream, so nothing was named: not for as long as the peer stays connected
                }

                bool isDisplaced = report is { EventsAccepted: > 0, PeerRefusal: SyncRefusal.Displaced };
                if (isDisplaced || IsUnfinished(report, documents.Count == 0))
                {
                    lock (_gate)
                    {
                        queue.AddAll(documents, documents.Count == 0); // the next session goes on from here
                    }
                }

                done.TrySetResult();
                if (isDisplaced)
                {
                    await Task.Delay(_sync.Options.SessionTurn, _time, _stopping); // the others there have their turn
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return; // stopped between two sessions
        }
        finally
        {
            lock (_gate)
            {
                queue.Abandon(); // only after a bug: nobody may wait for what never comes
                if (_queues.GetValueOrDefault(peer) == queue)
                {
                    _queues.Remove(peer);
                }
            }
        }
    }

    // Bytes ran out, or a digest found more documents than one session may name.
    private static bool IsUnfinished(SyncReport? report, bool isDigest) => report is { EventsAccepted: > 0 }
        && (report.Refusal == SyncRefusal.SessionBytes || (isDigest && report.Documents == SyncProtocol.DocumentsMax && report.Refusal == SyncRefusal.None));

    private bool TryTake(PeerId peer, SyncQueue queue, out IReadOnlyList<Cid> documents, out TaskCompletionSource done)
    {
        lock (_gate)
        {
            bool any = queue.Take(SyncProtocol.DocumentsMax, out documents, out done);
            if (!any)
            {
                _queues.Remove(peer);
            }

            return any;
        }
    }

    // Null: it could not be opened. A stream that was reset before a byte came has crossed one of the peer's: that one goes first.
    private async Task<SyncReport?> OpenInTurnAsync(PeerId peer, SyncQueue queue, IReadOnlyList<Cid> documents)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await ServedAsync(peer);
                SyncReport report = await OpenAsync(peer, queue, documents);
                bool hasCrossed = report is { Refusal: SyncRefusal.Cut, BytesReceived: 0 } && peer.CompareTo(LocalPeer) < 0;
                _logger.Synced(peer.Short, report.Refusal, report.EventsAccepted, report.EventsSent, report.BytesSent + report.BytesReceived, attempt);
                if (!hasCrossed || attempt == AttemptsMax)
                {
                    return report;
                }

                await Task.Delay(s_crossed * attempt, _time, _stopping); // until the peer's stream is negotiated here
            }
            catch (Exception error) when (error is TransportException or OperationCanceledException)
            {
                return null; // away, or it does not speak the protocol: fetching by CID remains
            }
        }
    }

    private async Task<SyncReport> OpenAsync(PeerId peer, SyncQueue queue, IReadOnlyList<Cid> documents)
    {
        await _turns.EnterAsync(_stopping); // in the order of asking
        try
        {
            PeerStream stream = await _network.OpenStreamAsync(peer, [SyncProtocol.Id], _stopping);
            SetOpen(queue, true);
            return await RunAsync(stream, channel => documents.Count > 0
                ? _sync.OpenAsync(channel, peer, documents, _stopping)
                : _sync.CompareDormantAsync(channel, peer, _stopping));
        }
        finally
        {
            SetOpen(queue, false);
            _turns.Leave();
        }
    }

    private void SetOpen(SyncQueue queue, bool isOpen)
    {
        lock (_gate)
        {
            queue.IsOpen = isOpen;
        }
    }

    private async Task ServedAsync(PeerId peer)
    {
        while (true)
        {
            Task over;
            lock (_gate)
            {
                if (!_serving.TryGetValue(peer, out (int Count, TaskCompletionSource Over) serving))
                {
                    return;
                }

                over = serving.Over.Task;
            }

            await over.OrCanceledAsync(_stopping);
        }
    }

    private async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        PeerId peer = stream.Peer;
        if (!BeginServing(peer))
        {
            stream.Stream.Abort();
            return;
        }

        SyncReport report;
        try
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
            report = await RunAsync(stream, channel => _sync.ServeAsync(channel, peer, either.Token));
        }
        finally
        {
            EndServing(peer);
        }

        _logger.SyncServed(peer.Short, report.Refusal, report.EventsAccepted, report.EventsSent, report.BytesSent + report.BytesReceived);
        if (report is { Refusal: SyncRefusal.None, Incomplete.Count: > 0 } && _followUps.TryTake(peer))
        {
            // Whoever opens leads: only then ranges can be asked for.
            await Task.WhenAll(report.Incomplete.Select(document => SyncAsync(peer, document, cancellationToken)));
        }
    }

    private bool BeginServing(PeerId peer)
    {
        lock (_gate)
        {
            bool isMine = _queues.TryGetValue(peer, out SyncQueue? queue) && queue.IsOpen && LocalPeer.CompareTo(peer) < 0;
            if (isMine || _stopping.IsCancellationRequested)
            {
                return false; // both opened at once: mine goes on, and the peer opens again behind it
            }

            (int count, TaskCompletionSource over) = _serving.GetValueOrDefault(peer, (0, SyncQueue.NewSource()));
            _serving[peer] = (count + 1, over);
            return true;
        }
    }

    private void EndServing(PeerId peer)
    {
        lock (_gate)
        {
            (int count, TaskCompletionSource over) = _serving[peer];
            _serving[peer] = (count - 1, over);
            if (count == 1)
            {
                _serving.Remove(peer);
                over.TrySetResult();
            }
        }
    }

    private async Task<SyncReport> RunAsync(PeerStream stream, Func<ISyncChannel, Task<SyncReport>> session)
    {
        // Asked for with SYN or ACK: flow control costs no round trips. Without it the session is slower, not wrong.
        _ = stream.Stream.TryGrowWindow(_sync.Options.WindowBytes);
        Interlocked.Increment(ref _running);
        SyncReport report;
        try
        {
            report = await session(new SyncChannel(stream.Stream));
            Interlocked.Add(ref _bytesSent, report.BytesSent);
        }
        finally
        {
            if (Interlocked.Decrement(ref _running) == 0)
            {
                _documents.Rest();
            }
        }

        if (report.Refusal != SyncRefusal.None)
        {
            OnRefused?.Invoke(stream.Peer, report.Refusal);
            _documents.Books.NameAgain(stream.Peer);
            stream.Stream.Abort();
            return report;
        }

        _documents.Books.Named(stream.Peer, report.Heads.Keys);
        await stream.Stream.DisposeAsync();
        foreach ((Cid document, IReadOnlyList<Cid> heads) in report.Heads)
        {
            await TellAsync(document, stream.Peer, heads);
        }

        return report;
    }

    // Who had what we have now confirms it: nobody has to wait for the next announcement.
    internal async Task TellAsync(Cid document, PeerId peer, IReadOnlyList<Cid> heads)
    {
        try
        {
            if (_documents.FindOpen(document) is Replica replica)
            {
                await replica.ShownHeadsAsync(peer, heads, _stopping);
            }
        }
        catch (ReplicaException)
        {
            return; // closed or broken since: it has nobody to tell, and the session with this peer was good
        }
    }
}
