using P2P.Core.Multiformats;
using P2P.Dht;
using P2P.Transport.Connections;
using P2P.Transport.Peers;

namespace P2P.Node;

/// <summary>What a profile means to the layers below.</summary>
internal static class ProfileRules
{
    /// <summary>Whether to look for peers by multicast.</summary>
    public static bool UsesMdns(P2POptions options) => options.Mdns ?? options.Profile == NodeProfile.Lan;

    /// <summary>What the connection manager is told.</summary>
    public static PeerNetworkOptions Network(NodeProfile profile, PeerNetworkOptions limits) => limits with
    {
        AdvertisePrivate = AdvertisesPrivate(profile),
        Isolated = profile == NodeProfile.Isolated,
    };

    /// <summary>Whether private and loopback addresses are told to others and believed of them.</summary>
    public static bool AdvertisesPrivate(NodeProfile profile) => profile != NodeProfile.Swarm;

    /// <summary>Protocol id of the DHT: nodes of other networks and of the LAN's DHT are no part of it.</summary>
    public static string DhtProtocol(NodeProfile profile, string network) =>
        profile == NodeProfile.Swarm ? $"/{network}/kad/1.0.0"
        : network == "lan" ? KadOptions.LanProtocol
        : KadOptions.LanProtocolOf(network);

    /// <summary>
    /// Whether it answers others. Not when isolated: who answers is passed on to strangers. In a swarm only with a public address: a server that nobody can dial makes every look-up that meets it wait. Nobody dials
    /// back to find out, so a public address behind a closed firewall counts all the same.
    /// </summary>
    public static KadMode DhtMode(NodeProfile profile, IReadOnlyList<Multiaddr> listening) =>
        profile switch
        {
            NodeProfile.Isolated => KadMode.Client,
            NodeProfile.Swarm => listening.Any(static a => AddressRules.Classify(a) == AddressScope.Public) ? KadMode.Server : KadMode.Client,
            _ => KadMode.Server,
        };
}
