using P2P.Transport.Connections;
using P2P.Transport.Identify;
using P2P.Transport.Limits;
using P2P.Transport.Peers;
using P2P.Transport.Yamux;

namespace P2P.Node.Inspection;

/// <summary>Limits of connections and of what is remembered about peers.</summary>
internal static class NetworkLimits
{
    public static IEnumerable<LimitState> OfConnections(ConnectionLimits options, NetworkStatistics counts, Func<ConnectionRefusal, long> refused) => LimitState.Of("Connections:", isSettable: true,
    [
        new(nameof(options.TotalMax), LimitScope.Node, options.TotalMax, "connections in all") { Current = counts.Inbound + counts.Outbound, Refused = refused(ConnectionRefusal.Total) },
        new(nameof(options.InboundMax), LimitScope.Node, options.InboundMax, "connections others dialled") { Current = counts.Inbound, Refused = refused(ConnectionRefusal.Inbound) },
        new(nameof(options.OutboundMax), LimitScope.Node, options.OutboundMax, "connections we dialled") { Current = counts.Outbound, Refused = refused(ConnectionRefusal.Outbound) },
        new(nameof(options.ReservedForProtected), LimitScope.Node, options.ReservedForProtected, "of TotalMax, kept free for protected peers"),
        new(nameof(options.PerPeerMax), LimitScope.Peer, options.PerPeerMax, "connections to one peer at the same time, for the moment in which both dial") { Refused = refused(ConnectionRefusal.PerPeer) },
        new(nameof(options.PendingMax), LimitScope.Node, options.PendingMax, "handshakes in progress, inbound") { Current = counts.PendingInbound, Refused = refused(ConnectionRefusal.Pending) },
        new(nameof(options.PendingPerAddressMax), LimitScope.Address, options.PendingPerAddressMax, "inbound handshakes in progress per IP address") { Refused = refused(ConnectionRefusal.PendingPerAddress) },
        new(nameof(options.PerAddressMax), LimitScope.Address, options.PerAddressMax, "inbound connections of one IPv4 address or IPv6 /64") { Refused = refused(ConnectionRefusal.PerAddress) },
        new(nameof(options.PerIPv4Subnet24Max), LimitScope.Subnet, options.PerIPv4Subnet24Max, "inbound connections of one public IPv4 /24") { Refused = refused(ConnectionRefusal.PerSubnet) },
        new(nameof(options.PerIPv6Subnet56Max), LimitScope.Subnet, options.PerIPv6Subnet56Max, "inbound connections of one public IPv6 /56") { Refused = refused(ConnectionRefusal.PerSubnet) },
        new(nameof(options.PerIPv6Subnet48Max), LimitScope.Subnet, options.PerIPv6Subnet48Max, "inbound connections of one public IPv6 /48") { Refused = refused(ConnectionRefusal.PerSubnet) },
        new(nameof(options.NewPerAddressBurst), LimitScope.Address, options.NewPerAddressBurst, "new inbound connections of one address (IPv6: /64) at once, refilled by one every 2 s") { Refused = refused(ConnectionRefusal.AddressRate) },
        new(nameof(options.NewPerSecondMax), LimitScope.Node, options.NewPerSecondMax, "new inbound connections per second from everywhere except loopback") { Refused = refused(ConnectionRefusal.GlobalRate) },
    ]);

    public static IEnumerable<LimitState> OfNetwork(PeerNetworkOptions options, int banned) => LimitState.Of("PeerNetworkOptions.", isSettable: false,
    [
        new(nameof(options.EventBacklog), LimitScope.Node, options.EventBacklog, "events a reader may fall behind"),
        new(nameof(options.BansMax), LimitScope.Node, options.BansMax, "peers banned at the same time") { Current = banned },
        new(nameof(options.EventReadersMax), LimitScope.Node, options.EventReadersMax, "readers of peer events at the same time"),
    ]);

    public static IEnumerable<LimitState> OfDials(DialOptions options, NetworkStatistics counts, Func<ConnectionRefusal, long> refused) => LimitState.Of("DialOptions.", isSettable: false,
    [
        new(nameof(options.AddressesMax), LimitScope.Peer, options.AddressesMax, "addresses tried in one dial of a peer, best first"),
        new(nameof(options.ParallelMax), LimitScope.Node, options.ParallelMax, "sockets being dialled at the same time, all peers"),
        new(nameof(options.QueueMax), LimitScope.Node, options.QueueMax, "peers being dialled or waiting for it") { Current = counts.PendingDials, Refused = refused(ConnectionRefusal.DialQueue) },
        new(nameof(options.BackoffEntriesMax), LimitScope.Node, options.BackoffEntriesMax, "failed addresses remembered"),
        new(nameof(options.PerSubnetPerSecond), LimitScope.Subnet, options.PerSubnetPerSecond, "dials per second to one IPv4 /24 or IPv6 /48, unless a person asked"),
    ]);

    public static IEnumerable<LimitState> OfPeers(PeerStoreOptions options, NetworkStatistics counts) => LimitState.Of("PeerStoreOptions.", isSettable: false,
    [
        new(nameof(options.PeersMax), LimitScope.Node, options.PeersMax, "peers remembered") { Current = counts.KnownPeers },
        new(nameof(options.AddressesPerPeerMax), LimitScope.Peer, options.AddressesPerPeerMax, "addresses per peer"),
        new(nameof(options.ProtocolsPerPeerMax), LimitScope.Peer, options.ProtocolsPerPeerMax, "protocols per peer"),
    ]);

    public static IEnumerable<LimitState> OfIdentify(IdentifyOptions options) => LimitState.Of("IdentifyOptions.", isSettable: false,
    [
        new(nameof(options.PushBurst), LimitScope.Peer, options.PushBurst, "pushes accepted from one peer at once, before PushInterval applies"),
        new(nameof(options.PushConcurrency), LimitScope.Node, options.PushConcurrency, "pushes we send at the same time"),
    ]);

    public static IEnumerable<LimitState> OfYamux(YamuxOptions options) => LimitState.Of("YamuxOptions.", isSettable: false,
    [
        new(nameof(options.InboundStreamsMax), LimitScope.Connection, options.InboundStreamsMax, "streams the remote may have open"),
        new(nameof(options.OutboundStreamsMax), LimitScope.Connection, options.OutboundStreamsMax, "streams we may have open"),
        new(nameof(options.AckBacklog), LimitScope.Connection, options.AckBacklog, "own streams the remote has not acknowledged"),
        new(nameof(options.FrameBytesMax), LimitScope.Message, options.FrameBytesMax, "largest body of a received frame in bytes"),
        new(nameof(options.WindowBytesMax), LimitScope.Connection, options.WindowBytesMax, "largest receive window of a stream in bytes"),
        new(nameof(options.ConnectionBytesMax), LimitScope.Connection, options.ConnectionBytesMax, "received bytes held and window granted beyond the first 256 KiB per stream, per connection"),
        new(nameof(options.PeerBytesMax), LimitScope.Peer, options.PeerBytesMax, "received bytes held and window granted, over all connections of one peer"),
        new(nameof(options.ProcessBytesMax), LimitScope.Node, options.ProcessBytesMax, "received bytes held and window granted, over all connections"),
        new(nameof(options.ControlBacklog), LimitScope.Connection, options.ControlBacklog, "answers to the remote (pongs, resets of refused streams) waiting to be written"),
        new(nameof(options.PingsPerSecondMax), LimitScope.Connection, options.PingsPerSecondMax, "pings answered per second"),
    ]);
}
