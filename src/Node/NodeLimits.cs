using P2P.Bitswap;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Peers;
using P2P.PubSub;
using P2P.Transport.Connections;

namespace P2P.Node;

/// <summary>Limits and queues of a node's parts. Tests make all of them narrow, to see that nobody waits in a circle.</summary>
internal sealed record NodeLimits
{
    public PeerNetworkOptions Network { get; init; } = new();

    public UpgradeOptions Upgrade { get; init; } = new();

    public SyncOptions Sync { get; init; } = new();

    public PubSubOptions PubSub { get; init; } = new();

    public BitswapOptions Bitswap { get; init; } = new();

    public PenaltyOptions Penalties { get; init; } = new();

    /// <summary>Inputs waiting for the DHT.</summary>
    public int DhtInbox { get; init; } = 1_024;

    /// <summary>What was heard of a document and waits for its replica; more is dropped.</summary>
    public int BroadcastQueue { get; init; } = 256;

    /// <summary>Changes the options of every replica.</summary>
    public Func<ReplicaOptions, ReplicaOptions> Replica { get; init; } = static options => options;
}
