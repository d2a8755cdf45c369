using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Testing.Simulation;

/// <summary>
/// A node of a <see cref="SimulatedNetwork"/>: the real replica with its loops and the real gossip router, over a simulated disk and simulated
/// links. All methods move virtual time as far as they need.
/// </summary>
#pragma warning disable CA1001 // the replica owns the gossip port and closes it
public sealed class SimulatedNode : IEndpoint
#pragma warning restore CA1001
{
    private readonly SimulatedNetwork _network;
    private readonly DateTimeOffset _wallClock;
    private readonly List<PeerId> _neighbours = [];
    private NodeRun? _run;
    private Replica? _replica;
    private SimulatedGossip? _gossip;
    private SimulatedFetcher? _fetcher;
    private DocumentSync? _sync;
    private bool _isRenewing;

    internal SimulatedNode(SimulatedNetwork network, string name, PeerId id, SimulatedDisk disk, DateTimeOffset wallClock)
    {
        _network = network;
        _wallClock = wallClock;
        Name = name;
        Id = id;
        Disk = disk;
    }

    /// <summary>The name it was started under.</summary>
    public string Name { get; }

    /// <summary>Its peer id.</summary>
    public PeerId Id { get; }

    /// <summary>What survives a crash.</summary>
    public SimulatedDisk Disk { get; }

    /// <summary>Whether it runs.</summary>
    public bool IsRunning => _run is { IsAlive: true } && _replica is not null;

    /// <summary>The replica of the present run. Reading its status is free; whatever waits must go through <see cref="SimulatedNetwork.DoAsync{T}"/>.</summary>
    /// <exception cref="InvalidOperationException">The node does not run.</exception>
    public Replica Replica => IsRunning ? _replica! : throw new InvalidOperationException($"{Name} does not run.");

    /// <summary>Acknowledged own events, in order: none of them may ever be missing here.</summary>
    public IReadOnlyList<Cid> Acknowledged => AcknowledgedList;

    internal DateTimeOffset WallClock => _wallClock;

    internal List<Cid> AcknowledgedList { get; } = [];

    IReadOnlyList<PeerId> IEndpoint.Neighbours => _neighbours;

    internal IReadOnlyList<PeerId> Neighbours => _neighbours;

    internal NodeRun? Run => _run;

    internal SimulatedGossip? Gossip => _gossip;

    /// <summary>Writes and broadcasts an event; returns when it is durable, or null when the node crashed or its disk failed on the way.</summary>
    /// <param name="draft">What to say.</param>
    public Task<Event?> AppendAsync(EventDraft draft) => _network.AppendAsync(this, draft);

    /// <summary>Pulls the plug: nothing of this run goes on, its disk keeps what was synced.</summary>
    public void Crash() => _run?.Crash();

    /// <summary>Starts it again on the same disk.</summary>
    public Task RestartAsync() => _network.StartAsync(this);

    /// <summary>Closes it in good order.</summary>
    public Task StopAsync() => _network.StopAsync(this);

    internal async Task StartRunAsync(NodeRun run)
    {
        _run = run;
        SimulatedEventStore store = await SimulatedEventStore.OpenAsync(Disk, run);
        Cid document = _network.Options.Genesis.Cid;
        _gossip = new SimulatedGossip(run, Id, document, (peer, frame) => Send(run, peer, MessageKind.Gossip, frame));
        _fetcher = new SimulatedFetcher(run, store, () => Neighbours, (peer, kind, bytes) => Send(run, peer, kind, bytes));
        _sync = new DocumentSync(
            _network.Options.Sync, id => id == document && IsRunning ? _replica : null, (run.Time, run.Spawner, run.World.Chance));
        Replica replica = await Replica.OpenAsync(_network.Options.Replica(new ReplicaOptions
        {
            Genesis = _network.Options.Genesis,
            Store = store,
            Broadcaster = _gossip,
            Syncer = new SimulatedSyncer(_fetcher, _sync, peer => OpenStream(run, peer), _network.Links.Close),
            Time = run.Time,
            Spawner = run.Spawner,
            Chance = run.World.Chance,
            OnIdentityReused = () => RenewSoon(run),
            OnOwnHidden = () => RenewSoon(run),
        }));
        _gossip.Joined = peer => _network.Background(run, () => replica.PeerJoinedAsync(peer).AsTask());
        _replica = replica;
        if (replica.Status is { IdentityReused: true } or { HidesOwn: true })
        {
            RenewSoon(run);
        }
    }

    /// <summary>The author key was used elsewhere: goes on under a new one and shows again what the old one wrote, as a node does.</summary>
    internal void RenewSoon(NodeRun run)
    {
        if (_replica is Replica replica && _run == run && !_isRenewing)
        {
            _isRenewing = true;
            _network.Background(run, () => RenewAsync(replica));
        }
    }

    internal async Task CloseRunAsync()
    {
        await _replica!.DisposeAsync();
        _run!.Crash();
    }

    internal void Ended()
    {
        _isRenewing = false;
        _replica = null;
        _gossip = null;
        _fetcher = null;
        _sync = null;
        _neighbours.Clear();
    }

    void IEndpoint.Connect(PeerId peer, bool outbound)
    {
        if (_gossip is null)
        {
            return;
        }

        if (_neighbours.Contains(peer))
        {
            _gossip.PeerDown(peer); // it was away and we had not noticed
        }
        else
        {
            _neighbours.Add(peer);
        }

        _gossip.PeerUp(peer, outbound);
    }

    void IEndpoint.Disconnect(PeerId peer)
    {
        if (_neighbours.Remove(peer))
        {
            _gossip?.PeerDown(peer);
        }
    }

    void IEndpoint.Accept(PeerId from, SimulatedStream stream)
    {
        if (_run is { IsAlive: true } run && _sync is DocumentSync sync)
        {
            _network.Background(run, () => sync.ServeAsync(stream, from, CancellationToken.None));
        }
    }

    void IEndpoint.Receive(PeerId from, MessageKind kind, byte[] bytes)
    {
        if (_run is not { IsAlive: true } run || !_neighbours.Contains(from))
        {
            return;
        }

        switch (kind)
        {
            case MessageKind.Gossip:
                _gossip?.Receive(from, bytes);
                break;
            case MessageKind.FetchRequest when _fetcher is SimulatedFetcher fetcher:
                _network.Background(run, () => fetcher.ServeAsync(from, bytes));
                break;
            case MessageKind.FetchResponse:
                _fetcher?.Answered(bytes);
                break;
            default:
                break;
        }
    }

    // A merge is the least that can be said: it cites both branches of the old key, so both are visible again.
    private async Task RenewAsync(Replica replica)
    {
        try
        {
            if (replica.Status.IdentityReused)
            {
                if (await replica.Options.Store.RenewSignerAsync(CancellationToken.None) is not ISigner fresh)
                {
                    return;
                }

                await replica.ContinueAsAsync(fresh);
            }

            AcknowledgedList.Add((await replica.BroadcastAppendAsync(new EventDraft { Type = EventTypes.Merge })).Cid);
        }
        catch (Exception refused) when (refused is ReplicaException or StoreException)
        {
            return; // nothing to merge, no right to write yet, or the disk fails: the next append, or the next start, tries again
        }
        finally
        {
            _isRenewing = false;
        }
    }

    private SimulatedStream? OpenStream(NodeRun run, PeerId peer) =>
        run.IsAlive && _neighbours.Contains(peer) ? _network.Links.OpenStream(this, peer) : null;

    private void Send(NodeRun run, PeerId to, MessageKind kind, byte[] bytes)
    {
        if (run.IsAlive)
        {
            _network.Links.Send(this, to, kind, bytes);
        }
    }
}
