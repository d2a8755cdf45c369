using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Dht;
using P2P.Node.Peers;
using P2P.Storage;
using P2P.Transport.Connections;

namespace P2P.Node.Inspection;

/// <summary>The limits of a running node: nothing it refuses is refused by a number that is not here. Thread-safe.</summary>
public sealed class LimitOverview
{
    private readonly P2POptions _options;
    private readonly KadOptions _dht;
    private readonly NodeServices _services;
    private readonly (PeerNetwork Network, PeerDirectory Peers) _peers;

    internal LimitOverview(NodeServices services, KadOptions dht, (PeerNetwork Network, PeerDirectory Peers) peers)
    {
        (_options, _services, _dht, _peers) = (services.Options, services, dht, peers);
    }

    /// <summary>Every limit with its scope, its value, what is used of it, how often it refused something, and the option that sets it.</summary>
    public IReadOnlyList<LimitState> Explain()
    {
        NetworkStatistics counts = _peers.Network.Statistics;
        PeerNetworkOptions network = ProfileRules.Network(_options.Profile, _options.Limits.Network);
        ReplicaOptions replica = _options.Limits.Replica(new ReplicaOptions { Genesis = Genesis.Create(_options.Network, "limits"), Store = _services.Store });
        long Refused(ConnectionRefusal reason) => counts.Refusals.GetValueOrDefault(reason);
        return
        [
            .. NetworkLimits.OfConnections(network.Limits, counts, Refused),
            .. NetworkLimits.OfDials(network.Dial, counts, Refused),
            .. NetworkLimits.OfNetwork(network, _peers.Peers.Banned.Count),
            .. NetworkLimits.OfPeers(network.PeerStore, counts),
            .. NetworkLimits.OfIdentify(network.Identify),
            .. NetworkLimits.OfYamux(_options.Limits.Upgrade.Yamux),
            .. ProtocolLimits.OfDht(_dht),
            .. ProtocolLimits.OfPubSub(_options.Limits.PubSub, _services.Gossip.Refused),
            .. ProtocolLimits.OfScores(_options.Limits.PubSub.Score),
            .. ProtocolLimits.OfBitswap(_options.Limits.Bitswap, _services.Bitswap.Refused),
            .. DocumentLimits.OfReplicas(replica),
            .. DocumentLimits.OfSync(_options.Limits.Sync),
            .. DocumentLimits.OfPresence(_options.Presence),
            .. DocumentLimits.OfClocks(_options.Clocks),
            .. DocumentLimits.OfIdentities(_options.Clocks.Identity),
            .. DocumentLimits.OfTexts(_options.Text),
            .. DocumentLimits.OfPenalties(_options.Limits.Penalties),
            .. DocumentLimits.OfStore(_options.Storage, (_services.Store as SqliteEventStore)?.UsedBytes),
        ];
    }
}
