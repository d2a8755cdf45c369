using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Sync;
using P2P.Transport.Connections;

namespace P2P.Node.Adapters;

/// <summary>
/// The clocks of the open documents: gives sync sessions their hints, and carries forks and inheritances over streams of
/// <see cref="ClockMessage.Protocol"/>. A clock gets an identity when a session could have used one: from the peer of that session, or by opening an
/// island if neither has one. Everything that leaves was stored before. Thread-safe; each clock has one user at a time.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, sections 6 and 7.</remarks>
internal sealed class ClockService : ISyncHints, IAsyncDisposable
{
    private const int MeetingsMax = 256;
    private const int CandidatesMax = 4;
    private const int StreamsPerPeerMax = 2;

    private readonly IPeerNetwork _network;
    private readonly ClockOptions _options;
    private readonly ClockFiles _files;
    private readonly IChance _chance;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<Cid, ClockDesk> _desks = new();
    private readonly ClockStreams _streams;
    private readonly Channel<(Cid Document, PeerId Peer)> _meetings =
        Channel.CreateBounded<(Cid, PeerId)>(new BoundedChannelOptions(MeetingsMax) { SingleReader = true });

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private readonly Task _running;

    public ClockService(
        IPeerNetwork network, ClockOptions options, ClockFiles files, (TimeProvider Time, ISpawner Spawner, IChance Chance) runtime, ILogger logger)
    {
        (_network, _options, _files, _logger) = (network, options, files, logger);
        _chance = runtime.Chance;
        _stopping = _stop.Token;
        _streams = new ClockStreams(network, runtime.Time, _stopping);
        if (options.IsOn)
        {
            network.Handle(ClockMessage.Protocol, ServeAsync, StreamsPerPeerMax);
        }

        _running = runtime.Spawner.StartAsync(RunAsync);
    }

    public int AuthorsMin => _options.AuthorsMin;

    public bool Has(Cid document) => _desks.ContainsKey(document);

    /// <summary>How many streams and turns came to nothing for a reason.</summary>
    public long Refused(ClockRefusal refusal) => _streams.Refused(refusal);

    /// <summary>From now on the document has a clock.</summary>
    /// <param name="document">The document.</param>
    /// <param name="followers">Connected peers that follow it.</param>
    /// <param name="events">How many events of it are here; 0 while they are loaded.</param>
    /// <param name="isRestored">Its record came from a backup: nothing in it may be used.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task AddAsync(
        Cid document, Func<IReadOnlyList<PeerId>> followers, Func<ulong> events, bool isRestored, CancellationToken cancellationToken)
    {
        ClockPort port = new(_files, document);
        try
        {
            ClockRecord record = await _files.ReadAsync(document, cancellationToken);
            DocumentClock clock = new(document, _network.LocalPeer, _options, _chance, port, record);
            if (isRestored && record != ClockRecord.Empty)
            {
                await clock.RestoredAsync(cancellationToken);
            }

            _desks[document] = new ClockDesk(clock, port, followers, events);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Failed(document, error);
        }
    }

    /// <summary>From now on it has none here; what it owned stays in its file.</summary>
    public void Remove(Cid document) => _desks.TryRemove(document, out _);

    /// <summary>The clock of a document, as it is; null when it has none.</summary>
    public Task<T?> AskAsync<T>(Cid document, Func<DocumentClock, T> question, CancellationToken cancellationToken)
        where T : class => WithAsync(document, default(T), (desk, _) => ValueTask.FromResult<T?>(question(desk.Clock)), cancellationToken);

    /// <summary>Its id was used elsewhere (a folder or disk rolled back or copied): a new one is asked for. Never waits.</summary>
    public void Alarm(Cid document) => Meet(document, default);

    /// <summary>Gives what a clock owns to the follower whom it fits best.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> LeaveAsync(Cid document, CancellationToken cancellationToken)
    {
        (Id Mine, IslandId Home, IReadOnlyList<PeerId> Followers)? own = await WithAsync<(Id, IslandId, IReadOnlyList<PeerId>)?>(
            document, null, (desk, _) => ValueTask.FromResult<(Id, IslandId, IReadOnlyList<PeerId>)?>(OwnOf(desk)), cancellationToken);
        if (own is not var (mine, home, followers) || mine.IsZero)
        {
            return false;
        }

        List<(PeerId Peer, ClockMessage Hello)> members = await GreetAsync(document, followers, cancellationToken);
        members.RemoveAll(m => m.Hello.Home != home);
        int heir = ClockFamily.ChooseHeir(mine, [.. members.Select(static m => m.Hello.Id)]);
        if (heir < 0)
        {
            return false;
        }

        PeerId peer = members[heir].Peer;
        await SayAsync(document, peer, (clock, token) => clock.LeaveAsync(peer, token), cancellationToken);
        return true;
    }

    /// <summary>Opens a new epoch of a document under a signed checkpoint.</summary>
    public Task BeginEpochAsync(Cid document, Cid snapshot, ISigner signer, CancellationToken cancellationToken) =>
        TurnAsync(document, (clock, token) => clock.BeginEpochAsync(snapshot, signer, token), cancellationToken);

    public async ValueTask<ReadOnlyMemory<byte>> ShowAsync(Cid document, EventDigest events, CancellationToken cancellationToken) =>
        await WithAsync(document, default(ReadOnlyMemory<byte>), (desk, token) => desk.Clock.ShowAsync(events, token), cancellationToken);

    public async ValueTask<bool> IsCoveredAsync(PeerId peer, Cid document, CancellationToken cancellationToken) =>
        await WithAsync(document, false, (desk, _) => ValueTask.FromResult(desk.Clock.IsCoveredBy(peer)), cancellationToken);

    public async ValueTask<HintAdvice> AdviseAsync(Cid document, ReadOnlyMemory<byte> hint, HintContext context, CancellationToken cancellationToken) =>
        await WithAsync(document, HintAdvice.Reconcile, (desk, token) => desk.Clock.AdviseAsync(hint, context, token), cancellationToken);

    public async ValueTask ObserveAsync(PeerId peer, Cid document, ClockOutcome outcome, CancellationToken cancellationToken)
    {
        bool wantsToMeet = await WithAsync(
            document,
            false,
            (desk, _) =>
            {
                desk.Clock.Observe(peer, outcome);
                return ValueTask.FromResult(desk.Clock.WantsIdentity || ShowsAnotherHome(desk.Clock, outcome));
            },
            cancellationToken);
        if (wantsToMeet)
        {
            Meet(document, peer);
        }
    }

    /// <summary>Meets a peer soon, about one document.</summary>
    public void Meet(Cid document, PeerId peer)
    {
        if (!_meetings.Writer.TryWrite((document, peer)))
        {
            _streams.Count(ClockRefusal.Busy);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_meetings.Writer.TryComplete())
        {
            _stop.Cancel();
            if (_options.IsOn)
            {
                _network.Unhandle(ClockMessage.Protocol);
            }

            await _running;
            _stop.Dispose();
        }
    }

    private static (Id Mine, IslandId Home, IReadOnlyList<PeerId> Followers) OwnOf(ClockDesk desk)
    {
        ClockMessage hello = desk.Clock.Hello();
        return (hello.Id, hello.Home, desk.Followers());
    }

    // Where two islands meet, one of them goes on.
    private static bool ShowsAnotherHome(DocumentClock clock, ClockOutcome outcome) =>
        ClockHint.TryDecode(outcome.Theirs.Span) is ClockHint hint && hint.Epoch >= clock.Epoch
        && (hint.Epoch > clock.Epoch || hint.Stamp.Islands.Any(i => !i.IsFrozen && i.Id != clock.Home));

    private async Task RunAsync()
    {
        try
        {
            await foreach ((Cid document, PeerId peer) in _meetings.Reader.EachAsync(_stopping))
            {
                try
                {
                    await MeetAsync(document, peer, _stopping);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Failed(document, error); // one clock ends, not those of all documents
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return; // stopped
        }
    }

    private async Task MeetAsync(Cid document, PeerId peer, CancellationToken cancellationToken)
    {
        if (peer.IsNone)
        {
            await TurnAsync(document, static (clock, token) => clock.RestoredAsync(token), cancellationToken);
            return;
        }

        (_, _, IReadOnlyList<PeerId> followers) = await WithAsync(
            document, (Id.Zero, default, (IReadOnlyList<PeerId>)[]), (desk, _) => ValueTask.FromResult(OwnOf(desk)), cancellationToken);
        IEnumerable<PeerId> candidates = followers.Where(f => f != peer).Take(CandidatesMax - 1).Prepend(peer);
        List<(PeerId Peer, ClockMessage Hello)> met = await GreetAsync(document, candidates, cancellationToken);
        List<(PeerId Peer, ClockMessage Hello)> parents = [];
        bool opens = met.Count > 0;
        foreach ((PeerId who, ClockMessage hello) in met)
        {
            ClockStep step = await WithAsync(
                document, ClockStep.None, (desk, token) => desk.Clock.MeetAsync(who, hello, token), cancellationToken);
            opens &= step == ClockStep.Open;
            if (step is ClockStep.Ask or ClockStep.Move && (parents.Count == 0 || parents[0].Hello.Home == hello.Home))
            {
                parents.Add((who, hello));
            }
        }

        int parent = ClockFamily.ChooseParent([.. parents.Select(static p => p.Hello.Id)]);
        if (parent >= 0)
        {
            PeerId chosen = parents[parent].Peer;
            await SayAsync(document, chosen, (clock, token) => clock.AskAsync(chosen, token), cancellationToken);
        }
        else if (opens)
        {
            await SayAsync(document, peer, static (clock, token) => clock.OpenAsync(token), cancellationToken);
        }
    }

    private async Task<List<(PeerId Peer, ClockMessage Hello)>> GreetAsync(Cid document, IEnumerable<PeerId> peers, CancellationToken cancellationToken)
    {
        List<(PeerId Peer, ClockMessage Hello)> met = [];
        foreach (PeerId peer in peers)
        {
            byte[]? hello = await WithAsync<byte[]?>(
                document, null, static (desk, _) => ValueTask.FromResult<byte[]?>(desk.Clock.Hello().Encode()), cancellationToken);
            if (hello is not null && await _streams.ExchangeAsync(peer, hello, cancellationToken) is ClockMessage theirs)
            {
                met.Add((peer, theirs));
            }
        }

        return met;
    }

    /// <summary>Lets a clock do something, sends what it has to say about it to the peer, and hands it the answer.</summary>
    private async Task SayAsync(Cid document, PeerId peer, Func<DocumentClock, CancellationToken, ValueTask> act, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>? message = await WithAsync<ReadOnlyMemory<byte>?>(
            document,
            null,
            async (desk, token) =>
            {
                await act(desk.Clock, token);
                return desk.Port.Take(peer);
            },
            cancellationToken);
        if (message is ReadOnlyMemory<byte> said && await _streams.ExchangeAsync(peer, said, cancellationToken) is ClockMessage theirs)
        {
            await TurnAsync(document, (clock, token) => clock.ReceiveAsync(peer, theirs, token), cancellationToken);
        }
    }

    private async Task ServeAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        PeerId peer = stream.Peer;
        ClockMessage? theirs = await _streams.ReadAsync(stream, cancellationToken);
        if (theirs is null || !_desks.ContainsKey(theirs.Document))
        {
            _streams.Count(theirs is null ? ClockRefusal.None : ClockRefusal.NotShared);
            stream.Stream.Abort();
            return;
        }

        byte[]? answer = await WithAsync<byte[]?>(
            theirs.Document,
            null,
            async (desk, token) =>
            {
                ClockStep step = await desk.Clock.MeetAsync(peer, theirs, token);
                await desk.Clock.ReceiveAsync(peer, theirs, token);
                if (step is ClockStep.Ask or ClockStep.Move && (desk.Clock.WantsIdentity || step == ClockStep.Move))
                {
                    Meet(theirs.Document, peer);
                }

                return desk.Port.Take(peer) is ReadOnlyMemory<byte> said ? said.ToArray() : desk.Clock.Hello().Encode();
            },
            cancellationToken);
        if (answer is not null)
        {
            await _streams.WriteAsync(stream, answer, cancellationToken);
        }
    }

    private Task TurnAsync(Cid document, Func<DocumentClock, CancellationToken, ValueTask> turn, CancellationToken cancellationToken) => WithAsync(
        document,
        0,
        async (desk, token) =>
        {
            await turn(desk.Clock, token);
            return 0;
        },
        cancellationToken);

    /// <summary>One turn at a clock. If its record cannot be stored it is silent from then on: memory may be ahead of the disk.</summary>
    private async Task<T> WithAsync<T>(Cid document, T otherwise, Func<ClockDesk, CancellationToken, ValueTask<T>> turn, CancellationToken cancellationToken)
    {
        if (!_desks.TryGetValue(document, out ClockDesk? desk))
        {
            return otherwise;
        }

        await desk.Gate.EnterAsync(cancellationToken);
        try
        {
            // Not cancelled half way: a record that is being written is not left behind by its clock.
            if (_desks.GetValueOrDefault(document) != desk)
            {
                return otherwise;
            }

            if (await desk.Clock.CountAsync(desk.Events(), CancellationToken.None))
            {
                _streams.Count(ClockRefusal.Poisoned);
            }

            return await turn(desk, CancellationToken.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ClockException or ClockOverflowException)
        {
            Failed(document, error);
            return otherwise;
        }
        finally
        {
            desk.Gate.Leave();
        }
    }

    private void Failed(Cid document, Exception error)
    {
        Remove(document);
        _streams.Count(ClockRefusal.StoreFailed);
        _logger.ClockFailed(document.ToString(), error.Message);
    }
}
