using Microsoft.Extensions.Logging;
using P2P.Bitswap;
using P2P.Core.Crypto;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Dht;
using P2P.Node.Adapters;
using P2P.Node.Documents;
using P2P.Node.Files;
using P2P.Node.Inspection;
using P2P.Node.Logs;
using P2P.Node.Peers;
using P2P.Node.Telemetry;
using P2P.Node.Topics;
using P2P.PubSub;
using P2P.Storage.Eviction;
using P2P.Transport;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;

namespace P2P.Node;

/// <summary>The parts of a running node, built in order and taken down in reverse.</summary>
internal sealed class NodeParts : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _owned = new();
    private readonly ReplicaMetrics _replicas;
    private TransportMetrics? _transport;

    private NodeParts(P2POptions options)
    {
        Options = options;
        Meters = new NodeMeters(options.Meters);
        _replicas = new ReplicaMetrics(Meters);
        Logger = options.LoggerFactory.CreateLogger("P2P.Node");
        Reading = new EntryReading(Logger);
    }

    public P2POptions Options { get; }

    public ILogger Logger { get; }

    /// <summary>All meters of this node.</summary>
    public NodeMeters Meters { get; }

    /// <summary>Reads entries and messages of the application's types.</summary>
    public EntryReading Reading { get; }

    public PeerNetwork Network { get; private set; } = null!;

    public PeerDirectory Directory { get; private set; } = null!;

    /// <summary>What documents are opened with.</summary>
    public NodeServices Services { get; private set; } = null!;

    public DocumentCatalog Documents { get; private set; } = null!;

    public BlockCatalog Blocks { get; private set; } = null!;

    public TopicCatalog Topics { get; private set; } = null!;

    public DocumentAuthor Author { get; private set; } = null!;

    public NodeInspection Inspection { get; private set; } = null!;

    public NodeDht Dht { get; private set; } = null!;

    public NodeSwitch Switch { get; private set; } = null!;

    public DormantDocuments Dormant { get; private set; } = null!;

    public SyncService Sync { get; private set; } = null!;

    /// <summary>Addresses that others can dial, each with <c>/p2p</c>.</summary>
    public IReadOnlyList<Multiaddr> Addresses => [.. Network.ListenAddresses.Select(a => a.WithPeer(Network.LocalPeer))];

    public bool WasCopied { get; private set; }

    public static async Task<NodeParts> StartAsync(P2POptions options, CancellationToken cancellationToken)
    {
        NodeOptionsCheck.Check(options);
        NodeParts parts = new(options);
        try
        {
            await parts.BuildAsync(cancellationToken);
            return parts;
        }
        catch
        {
            await parts.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Teardown all = new();
        if (Documents is not null)
        {
            await all.TryAsync(() => new ValueTask(Documents.CloseAsync()));
        }

        if (Topics is not null)
        {
            await all.TryAsync(() => new ValueTask(Topics.CloseAsync()));
        }

        while (_owned.TryPop(out IAsyncDisposable? part))
        {
            await all.TryAsync(part.DisposeAsync);
        }

        _transport?.Dispose();
        _replicas.Dispose();
        Meters.Dispose();
        all.Throw();
    }

    private async Task BuildAsync(CancellationToken cancellationToken)
    {
        if (!Ed25519.IsSupported)
        {
            throw new P2PException(NodeError.NoCurves, Ed25519.Remedy);
        }

        NodeStore store = Own(await NodeStore.OpenAsync(Options with { Storage = Options.Storage with { Meters = Options.Storage.Meters ?? Meters } }));
        WasCopied = store.WasCopied;
        if (WasCopied)
        {
            Logger.FolderWasCopied(new TextAuthor(store.Events.Signer!.Author).Short);
        }

        await StartNetworkAsync(store.Identity, cancellationToken);
        GossipNetwork gossip = Own(GossipNetwork.Start(Network, Options.Limits.PubSub with { Meters = Meters }, Runtime()));
        KadDht dht = Own(new KadDht(Network, DhtOptions(), Options.Time, Options.Spawner, Options.Chance));
        BitswapExchange bitswap = Own(new BitswapExchange(Network, store.Blocks, Options.Limits.Bitswap with { Meters = Meters }, Runtime()));
        SyncOptions limits = Options.Limits.Sync;
        (TimeProvider, ISpawner, IChance) runtime = (Options.Time, Options.Spawner, Options.Chance);
        PeerPenalties penalties = Own(new PeerPenalties(
            Options.Limits.Penalties, Network.BanAsync, (Options.Time, Options.Spawner, Logger)));
        Dormant = Own(Sleeping(store.Events, penalties, limits));
        ClockService clocks = Own(new ClockService(Network, Options.Clocks, new ClockFiles(Options.DataDirectory), runtime, Logger));
        Sync = Own(new SyncService(Network, (Dormant, clocks), limits, runtime, Logger)
        {
            OnRefused = penalties.NoteSession,
        });
        Author = Own(new DocumentAuthor(store.Events, Options, Logger) { IsImported = store.IsAuthorImported });
        Directory = new PeerDirectory(Network, penalties, Options.Spawner);
        Own(new PeerWatcher(Network, Directory, Options.Spawner, Logger));
        ConfiguredPeers wanted = Own(new ConfiguredPeers(Network, Directory, Options, Logger));
        Services = new NodeServices(Options, gossip, dht, bitswap, Sync, store.Events, Logger)
        {
            Blocks = store.Blocks,
            Pins = store.Pins,
            Eviction = store.Eviction,
            Author = Author,
            Dormant = Dormant,
            Penalties = penalties,
            Addresses = () => Addresses,
            Wanted = wanted,
            Metrics = _replicas,
            Clocks = clocks,
            WasCopied = WasCopied,
        };
        Documents = new DocumentCatalog(Services);
        RootProvider provider = Own(new RootProvider(dht, store.Pins, Options.Spawner, Logger));
        Blocks = new BlockCatalog(Services, () => [.. Network.ConnectedPeers], provider);
        StartEviction(store);
        Own(new DormantLoop(Network, Dormant, Sync, limits, (Options.Time, Options.Spawner, Logger)));
        Topics = new TopicCatalog(Options, gossip, Reading);
        Dht = new NodeDht(dht, Options.Spawner);
        Inspection = new NodeInspection((Network, gossip, dht, store.Blocks), Options.Spawner);
        Switch = Own(new NodeSwitch(Network, Options.Spawner, Logger));
        Own(new NodeMetrics(Meters, this, Sync));
        await StartDiscoveryAsync(cancellationToken);
    }

    private void StartEviction(NodeStore store)
    {
        if (store.Eviction is StoreEviction eviction)
        {
            Own(new EvictionLoop(Services, eviction, (() => Documents.Opened, () => Network.ConnectedPeers)));
        }
    }

    private DormantDocuments Sleeping(IEventStore store, PeerPenalties penalties, SyncOptions limits) => new(
        store, Options.Network, genesis => Wake(store, penalties, genesis), limits, (Options.Spawner, () => Network.ConnectedPeers));

    // A document that is awake for others only: it admits what they bring, and neither says nor asks anything of its own.
    private ReplicaOptions Wake(IEventStore store, PeerPenalties penalties, Genesis genesis) => Options.Limits.Replica(new ReplicaOptions
    {
        Genesis = genesis,
        Store = store,
        TypeRules = DocumentRules.Create(),
        Time = Options.Time,
        Spawner = Options.Spawner,
        Chance = Options.Chance,
        WritesMerges = false,
        OnSenderFault = (peer, _) => penalties.Note(peer, PeerFault.BadBlock),
    });

    private async Task StartNetworkAsync(PrivateKey identity, CancellationToken cancellationToken)
    {
        TransportRuntime runtime = Runtime();
        ConnectionUpgrader upgrader = new(identity, Options.Limits.Upgrade, Options.Spawner, Options.Time, Options.Chance);
        PeerNetworkOptions network = ProfileRules.Network(Options.Profile, Options.Limits.Network);
        Network = Own(new PeerNetwork(identity, network, NodeAddresses.Transports(Options), upgrader, runtime));
        _transport = new TransportMetrics(Meters, Network);
        IReadOnlyList<Multiaddr> listen = NodeAddresses.ToListen(Options);
        try
        {
            await Network.StartAsync(listen, cancellationToken);
        }
        catch (TransportException error)
        {
            throw new P2PException(
                NodeError.CannotListen,
                $"Cannot listen on {string.Join(", ", listen)}: {error.Message} Choose another address or port (Listen, --listen).",
                error);
        }
    }

    private async Task StartDiscoveryAsync(CancellationToken cancellationToken)
    {
        if (ProfileRules.UsesMdns(Options))
        {
            MdnsOptions mdns = new() { Interfaces = Options.Interfaces, Port = Options.MdnsPort };
            MdnsLoop loop = Own(new MdnsLoop(Network.LocalPeer, () => Network.ListenAddresses, mdns, Runtime()));
            await loop.StartAsync(cancellationToken); // degrades with a warning of its own where it cannot bind
            // The dialer gives the stream a token of its own.
            Own(new DiscoveryDialer(Network, Directory.NotedAsync(loop, CancellationToken.None), Runtime())).Start();
        }
    }

    private KadOptions DhtOptions() => new()
    {
        InboxCapacity = Options.Limits.DhtInbox,
        Protocol = ProfileRules.DhtProtocol(Options.Profile, Options.Network),
        Mode = ProfileRules.DhtMode(Options.Profile, Network.ListenAddresses),
        AllowPrivate = ProfileRules.AdvertisesPrivate(Options.Profile),
        AllowLoopback = NodeAddresses.OnlyLoopback(Network.ListenAddresses),
        Meters = Meters,
        Logger = Options.LoggerFactory.CreateLogger("P2P.Dht"),
    };

    private TransportRuntime Runtime() =>
        new(Options.Time, Options.Spawner, Options.Chance, Options.LoggerFactory.CreateLogger("P2P.Transport"));

    private T Own<T>(T part)
        where T : IAsyncDisposable
    {
        _owned.Push(part);
        return part;
    }
}
