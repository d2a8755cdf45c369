using Microsoft.Extensions.Logging;
using P2P.Bitswap;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;
using P2P.Dht;
using P2P.Node.Adapters;
using P2P.Node.Documents;
using P2P.Node.Peers;
using P2P.PubSub;
using P2P.Storage.Eviction;

namespace P2P.Node;

/// <summary>What the parts of a running node share.</summary>
/// <param name="Options">The options it was started with.</param>
/// <param name="Gossip">Publish and subscribe.</param>
/// <param name="Dht">Who has what.</param>
/// <param name="Bitswap">Blocks by CID.</param>
/// <param name="Sync">Whole documents, by the sync protocol.</param>
/// <param name="Store">Events and blocks on disk or in memory.</param>
/// <param name="Logger">Log.</param>
internal sealed record NodeServices(
    P2POptions Options, GossipNetwork Gossip, KadDht Dht, BitswapExchange Bitswap, SyncService Sync, IEventStore Store, ILogger Logger)
{
    /// <summary>Blocks by CID: what Bitswap serves.</summary>
    public required IBlockStore Blocks { get; init; }

    /// <summary>Which of them are to stay.</summary>
    public required IPinStore Pins { get; init; }

    /// <summary>Makes room below the quota; null in memory.</summary>
    public StoreEviction? Eviction { get; init; }

    /// <summary>The documents of the store, open or dormant.</summary>
    public required DormantDocuments Dormant { get; init; }

    /// <summary>What peers do wrong, in all documents.</summary>
    public required PeerPenalties Penalties { get; init; }

    /// <summary>Addresses that others can dial, each with <c>/p2p</c>.</summary>
    public required Func<IReadOnlyList<Multiaddr>> Addresses { get; init; }

    /// <summary>Counts of all documents.</summary>
    public required ReplicaMetrics Metrics { get; init; }

    /// <summary>Peers to keep connected.</summary>
    public required ConfiguredPeers Wanted { get; init; }

    /// <summary>Who writes.</summary>
    public required DocumentAuthor Author { get; init; }

    /// <summary>Interval tree clocks of the open documents.</summary>
    public required ClockService Clocks { get; init; }

    /// <summary>Whether the data folder was restored or copied.</summary>
    public bool WasCopied { get; init; }
}
