using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Execution;
using P2P.Crdt.Presence;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Node.Adapters;
using P2P.Node.Peers;
using P2P.PubSub;

namespace P2P.Node.Documents;

/// <summary>One open document: its replica, its text, and the loops that tell the network about it.</summary>
internal sealed class DocumentHost : IAsyncDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(200);

    private readonly GossipBroadcaster _broadcaster;
    private readonly NodeServices _services;
    private readonly BitswapSyncer _syncer;
    private readonly HeadProvider _provider;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _greeting;
    private readonly Lock _executorGate = new();
    private ExecutorLoop? _executor;

    private DocumentHost(NodeServices services, Replica replica, (GossipBroadcaster Broadcaster, BitswapSyncer Syncer) ports, BootstrapOptions? bootstrap)
    {
        P2POptions options = services.Options;
        _services = services;
        Replica = replica;
        Spawner = options.Spawner;
        _broadcaster = ports.Broadcaster;
        _syncer = ports.Syncer;
        services.Author.Add(replica);
        Loop = new DocumentLoop((replica, services.Author), options.Text, options.Time, Spawner, services.Logger);
        PresencePorts presence = new(services.Gossip, replica.Document, services.Sync.LocalPeer, PlaceAsync);
        Presence = new PresenceLoop(presence, options.Presence, options.Time, Spawner);
        _provider = new HeadProvider(replica, services.Dht, options.Time, Spawner, services.Logger);
        Bootstrap = bootstrap is null ? null : new DocumentBootstrap(services, replica, () => Followers, bootstrap);
        _greeting = Spawner.StartAsync(BeginAsync);
    }

    public Replica Replica { get; }

    public DocumentLoop Loop { get; }

    /// <summary>Whether a fault ended the text or its replica; opening it again begins from what is durable.</summary>
    public bool HasFailed => Loop.HasFailed;

    /// <summary>Who is in the document.</summary>
    public PresenceLoop Presence { get; }

    public ISpawner Spawner { get; }

    public TimeProvider Time => _services.Options.Time;

    /// <summary>Peers that follow the document right now.</summary>
    public IReadOnlyList<PeerId> Followers => _broadcaster.Peers;

    /// <summary>What was fetched by CID.</summary>
    public TransferCounts Transfers => _syncer.Counts;

    /// <summary>The start from a snapshot; null when none was asked for.</summary>
    public DocumentBootstrap? Bootstrap { get; }

    public static async Task<DocumentHost> OpenAsync(
        NodeServices services, Genesis genesis, BootstrapOptions? bootstrap, CancellationToken cancellationToken)
    {
        GossipBroadcaster? broadcaster = null;
        DocumentHost? host = null;
        await services.Dormant.TakeAsync(genesis);
        try
        {
            if (bootstrap is not null && await IsHeldAsync(services.Store, genesis, cancellationToken))
            {
                bootstrap = null; // asked before anybody can bring something
            }

            broadcaster = await GossipBroadcaster.OpenAsync(services, genesis.Cid, cancellationToken);
            GossipBroadcaster peers = broadcaster;
            BitswapSyncer syncer = new(services.Bitswap, services.Dht, services.Sync, () => peers.Peers, services.Options.Time, services.Logger);
            await services.Clocks.AddAsync(
                genesis.Cid, () => peers.Peers, () => (ulong)(host?.Replica.Status.AppliedCount ?? 0), services.WasCopied, cancellationToken);
            Replica replica = await Replica.OpenAsync(ReplicaOptionsOf(services, genesis, broadcaster, syncer), cancellationToken);
            host = new DocumentHost(services, replica, (broadcaster, syncer), bootstrap);
            await host.Loop.Loaded.OrCanceledAsync(cancellationToken);
        }
        catch
        {
            // Cancelled, or the store cannot be read: nothing of it goes on running, and sessions may ask for it again.
            services.Clocks.Remove(genesis.Cid);
            await (host is null ? broadcaster?.DisposeAsync() ?? ValueTask.CompletedTask : host.DisposeAsync());
            services.Dormant.Closed(genesis.Cid);
            throw;
        }

        services.Logger.DocumentOpened(genesis.Name, host.Replica.Status.AppliedCount);
        return host;
    }

    private static ReplicaOptions ReplicaOptionsOf(NodeServices services, Genesis genesis, GossipBroadcaster broadcaster, BitswapSyncer syncer) =>
        services.Options.Limits.Replica(new ReplicaOptions
        {
            Genesis = genesis,
            Store = services.Store,
            Broadcaster = broadcaster,
            Syncer = syncer,
            TypeRules = DocumentRules.Create(),
            Metrics = services.Metrics,
            Time = services.Options.Time,
            Spawner = services.Options.Spawner,
            Chance = services.Options.Chance,
            OnSenderFault = (peer, _) => services.Penalties.Note(peer, PeerFault.BadBlock),
            OnIdentityReused = () =>
            {
                services.Author.Alarm(genesis.Cid);
                services.Clocks.Alarm(genesis.Cid);
            },
            OnOwnHidden = () => services.Author.Alarm(genesis.Cid),
        });

    /// <summary>This node's part in executing programs; null until somebody asks for it.</summary>
    public ExecutorLoop? Executor => Volatile.Read(ref _executor);

    /// <summary>Starts it, unless it runs; one that ended with a fault is replaced.</summary>
    public ExecutorLoop StartExecutor(ExecutorOptions options, out bool isNew)
    {
        lock (_executorGate)
        {
            isNew = _executor is not { Fault: null }; // one that ended holds nothing any more
            return isNew ? (_executor = ExecutorLoop.Start(Replica, options, Blocks(), WriteAsync)) : _executor!;
        }
    }

    /// <summary>Who writes here.</summary>
    public TextAuthor? Author => _services.Author.Of(Replica.Document) is ISigner signer ? new TextAuthor(signer.Author) : null;

    /// <summary>Addresses of this node, each with <c>/p2p</c>.</summary>
    public IReadOnlyList<Multiaddr> Addresses => _services.Addresses();

    /// <summary>Appends and broadcasts.</summary>
    /// <exception cref="P2PException">Nothing can be written; the message says why.</exception>
    public Task<Event> WriteAsync(EventDraft draft) => WriteAsync(draft, CancellationToken.None);

    /// <summary>As <see cref="WriteAsync(EventDraft)"/>; <paramref name="giveUp"/> ends the wait for own events that must be fetched first.</summary>
    public async Task<Event> WriteAsync(EventDraft draft, CancellationToken giveUp)
    {
        await _services.Author.ReadyAsync(Replica, giveUp);
        return await _services.Author.AppendAsync(Replica, draft);
    }

    /// <summary>Where a change of this document came from.</summary>
    public TextOrigin OriginOf(ReplicaChange change) => ChangeOrigin.Of(change, _services.Author.Of(Replica.Document));

    /// <summary>Signs the present state; none when there is nothing to sign.</summary>
    public async Task<Cid> MakeSnapshotAsync(CancellationToken cancellationToken) =>
        (await SnapshotMaker.MakeAsync(Replica, Blocks(), inputs: null, cancellationToken))?.Cid ?? default;

    /// <summary>Drops blocks that a snapshot has as well.</summary>
    public Task<CompactionReport> CompactAsync(CompactionOptions options, CancellationToken cancellationToken) =>
        Compactor.RunAsync(Replica, options, cancellationToken);

    /// <summary>What the clock of the document is now; null when it has none.</summary>
    public Task<ClockView?> GetClockAsync(CancellationToken cancellationToken) => _services.Clocks.AskAsync(
        Replica.Document, static clock => new ClockView(clock.Epoch, clock.Home == default ? null : clock.Home.ToString(), clock.Stamp), cancellationToken);

    /// <summary>Gives what the clock owns to a follower.</summary>
    public Task<bool> LeaveClockAsync(CancellationToken cancellationToken) => _services.Clocks.LeaveAsync(Replica.Document, cancellationToken);

    /// <summary>Signs the present state, and opens an epoch of the clock on it.</summary>
    public async Task<bool> BeginEpochAsync(CancellationToken cancellationToken)
    {
        Cid snapshot = await MakeSnapshotAsync(cancellationToken);
        if (snapshot.IsNone || _services.Author.Of(Replica.Document) is not ISigner signer)
        {
            return false;
        }

        await _services.Clocks.BeginEpochAsync(Replica.Document, snapshot, signer, cancellationToken);
        return true;
    }

    /// <summary>Until a peer has confirmed the frontier of this replica, and the text has what is behind it: the text follows its replica.</summary>
    public async Task WaitForSyncAsync(CancellationToken cancellationToken)
    {
        ReplicaStatus confirmed;
        while ((confirmed = Replica.Status).SyncState != SyncState.Confirmed)
        {
            await Task.Delay(s_poll, _services.Options.Time, cancellationToken);
        }

        await Loop.Applied.WaitBeyondAsync((int)confirmed.ChangeCount - 1, cancellationToken);
    }

    /// <summary>Until a follower says that it holds all heads of this replica: then it holds what is behind them, or is fetching it.</summary>
    public async Task WaitForDeliveryAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            IReadOnlyList<Cid> heads = Replica.Status.Heads;
            foreach (PeerId peer in Followers)
            {
                bool all = true;
                foreach (Cid head in heads)
                {
                    all = all && await _services.Bitswap.HasAsync(head, peer, cancellationToken);
                }

                if (all)
                {
                    return;
                }
            }

            await Task.Delay(s_poll, _services.Options.Time, cancellationToken);
        }
    }

    /// <summary>Closes it, and takes back what the DHT was told.</summary>
    public async Task LeaveAsync()
    {
        await DisposeAsync();
        await _provider.WithdrawAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        _stop.Cancel();
        Teardown all = new();
        await all.TryAsync(() => new ValueTask(_greeting));
        _services.Sync.Remove(Replica.Document);
        _services.Clocks.Remove(Replica.Document);
        await all.TryAsync(Presence.DisposeAsync);
        await all.TryAsync(() => Executor?.DisposeAsync() ?? ValueTask.CompletedTask);
        await all.TryAsync(Loop.DisposeAsync); // cuts what was typed: nothing that a caller waits for is dropped
        _services.Author.Remove(Replica.Document); // until now a new key is this replica's, too
        await all.TryAsync(_provider.DisposeAsync);
        await all.TryAsync(Replica.DisposeAsync);
        _services.Dormant.Closed(Replica.Document);
        await all.TryAsync(_broadcaster.DisposeAsync);
        _stop.Dispose();
        all.Throw();
    }

    private static async Task<bool> IsHeldAsync(IEventStore store, Genesis genesis, CancellationToken cancellationToken)
    {
        await foreach (StoredBlock block in store.LoadAsync(genesis, cancellationToken))
        {
            if (block.IsApplied)
            {
                return true;
            }
        }

        return false;
    }

    private FollowerBlocks Blocks() => new(_services.Blocks, _services.Bitswap, () => Followers);

    private async Task<(PresencePlace Cursor, PresencePlace? Anchor)?> PlaceAsync(PresenceCaret caret)
    {
        (PresencePlace Cursor, PresencePlace? Anchor)? places = null;
        TextEdit question = new() { Ask = (sequence, _) => places = TextPresence.Place(sequence, caret), AsIs = true };
        await Loop.PostAsync(question, _stop.Token);
        await question.Done.Task.OrCanceledAsync(_stop.Token);
        return places;
    }

    /// <summary>The snapshot first: whoever is greeted brings the whole history, event by event.</summary>
    private async Task BeginAsync()
    {
        if (Bootstrap is not null)
        {
            await Bootstrap.RunAsync(_stop.Token);
        }

        await GreetAsync();
    }

    /// <summary>
    /// Tells the replica who follows the document from now on, so that it announces its heads to them, and syncs: whoever comes opens
    /// the session with those who are there; of two who were there and meet now, the one with the lower peer id.
    /// </summary>
    private async Task GreetAsync()
    {
        try
        {
            _services.Sync.Add(Replica);
            HashSet<PeerId> there = [.. Followers];
            await foreach (TopicPeerChange change in _broadcaster.PeerChangesAsync(_stop.Token))
            {
                if (change.Joined)
                {
                    await Replica.PeerJoinedAsync(change.Peer, _stop.Token);
                    if (there.Remove(change.Peer) || _services.Sync.LocalPeer.CompareTo(change.Peer) < 0)
                    {
                        await Replica.SyncWithAsync(change.Peer, _stop.Token);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // stopped
        }
    }
}
