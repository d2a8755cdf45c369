using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Dht;
using P2P.PubSub;
using P2P.Transport.Connections;

namespace P2P.Node.Inspection;

/// <summary>What goes on inside a node, for people: snapshots, never a handle on the parts. Thread-safe.</summary>
public sealed class NodeInspection
{
    private readonly PeerNetwork _network;
    private readonly GossipNetwork _gossip;
    private readonly KadDht _dht;
    private readonly IBlockStore _blocks;
    private readonly ISpawner _spawner;

    internal NodeInspection((PeerNetwork Network, GossipNetwork Gossip, KadDht Dht, IBlockStore Blocks) parts, ISpawner spawner)
    {
        (_network, _gossip, _dht, _blocks) = parts;
        _spawner = spawner;
    }

    /// <summary>Connections with agent, age and streams, by peer.</summary>
    public IReadOnlyList<ConnectionInfo> Connections => _network.Connections;

    /// <summary>Counters of the network.</summary>
    public NetworkStatistics Statistics => _network.Statistics;

    /// <summary>Topics with their subscribers and mesh.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<GossipTopicStatus>> GetTopicsAsync(CancellationToken cancellationToken = default) =>
        _spawner.StartAsync(() => _gossip.GetStatusAsync(cancellationToken));

    /// <summary>Gossip score of a peer; null when it is not connected.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<double?> GetScoreAsync(PeerId peer, CancellationToken cancellationToken = default) =>
        _spawner.StartAsync(() => _gossip.GetScoreAsync(peer, cancellationToken));

    /// <summary>The routing table of the DHT.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<TableSnapshot> GetTableAsync(CancellationToken cancellationToken = default) =>
        _spawner.StartAsync(() => _dht.SnapshotAsync(cancellationToken));

    /// <summary>A block that is held here; nobody is asked for it.</summary>
    /// <param name="cid">Which.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when it is not here.</returns>
    public Task<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken = default) =>
        _spawner.StartAsync(() => _blocks.GetAsync(cid, cancellationToken).AsTask());
}
