using P2P.Bitswap;
using P2P.Dht;
using P2P.PubSub;

namespace P2P.Node.Inspection;

/// <summary>Limits of the DHT, of pub/sub and of Bitswap.</summary>
internal static class ProtocolLimits
{
    public static IEnumerable<LimitState> OfDht(KadOptions options) => LimitState.Of("KadOptions.", isSettable: false,
    [
        new(nameof(options.StreamsPerPeer), LimitScope.Peer, options.StreamsPerPeer, "inbound streams per peer at one time"),
        new(nameof(options.InboxCapacity), LimitScope.Node, options.InboxCapacity, "inputs waiting for the engine"),
        new(nameof(options.MessageBytesMax), LimitScope.Message, options.MessageBytesMax, "longest message accepted, bytes"),
        new(nameof(options.AnswerBytesMax), LimitScope.Message, options.AnswerBytesMax, "longest answer sent, bytes"),
        new(nameof(options.ProvidersPerKey), LimitScope.Key, options.ProvidersPerKey, "providers stored per key"),
        new(nameof(options.ProviderKeysMax), LimitScope.Node, options.ProviderKeysMax, "keys with providers stored for others"),
        new(nameof(options.ProviderKeysPerPeerHour), LimitScope.Peer, options.ProviderKeysPerPeerHour, "provider keys accepted from one peer in an hour"),
        new(nameof(options.ValueBytesMax), LimitScope.Message, options.ValueBytesMax, "longest value, bytes"),
        new(nameof(options.ValuesMax), LimitScope.Node, options.ValuesMax, "values stored"),
        new(nameof(options.ValuesPerPeer), LimitScope.Peer, options.ValuesPerPeer, "values stored on behalf of one remote peer"),
        new(nameof(options.ProvidedKeysMax), LimitScope.Node, options.ProvidedKeysMax, "keys we provide ourselves"),
        new(nameof(options.LookupsMax), LimitScope.Node, options.LookupsMax, "lookups at one time"),
        new(nameof(options.OperationsMax), LimitScope.Node, options.OperationsMax, "operations waiting or running"),
    ]);

    public static IEnumerable<LimitState> OfPubSub(PubSubOptions options, Func<GossipRefusal, long> refused) => LimitState.Of("PubSubOptions.", isSettable: false,
    [
        new(nameof(options.MeshSizeMax), LimitScope.Topic, options.MeshSizeMax, "the mesh never exceeds this (Dhi)") { Refused = refused(GossipRefusal.GraftMeshFull) },
        new(nameof(options.MessageCacheBytesMax), LimitScope.Node, options.MessageCacheBytesMax, "bytes in the message cache"),
        new(nameof(options.SeenMax), LimitScope.Node, options.SeenMax, "message ids remembered"),
        new(nameof(options.BackoffsMax), LimitScope.Node, options.BackoffsMax, "backoffs remembered") { Refused = refused(GossipRefusal.BackoffTableFull) },
        new(nameof(options.StrayControlsMax), LimitScope.Peer, options.StrayControlsMax, "GRAFTs and PRUNEs for unknown topics per peer and heartbeat before each further one is charged"),
        new(nameof(options.IHavesMax), LimitScope.Peer, options.IHavesMax, "RPCs with IHAVE taken from a peer per heartbeat") { Refused = refused(GossipRefusal.IHaveFlood) },
        new(nameof(options.IHaveIdsMax), LimitScope.Peer, options.IHaveIdsMax, "ids taken from a peer's IHAVEs, and asked of it, per heartbeat"),
        new(nameof(options.RetransmissionsMax), LimitScope.Peer, options.RetransmissionsMax, "times one message is sent to one peer that asks for it") { Refused = refused(GossipRefusal.IWantRetransmit) },
        new(nameof(options.AskedPeersMax), LimitScope.Message, options.AskedPeersMax, "peers asked for one message per heartbeat"),
        new(nameof(options.DontWantIdsMax), LimitScope.Peer, options.DontWantIdsMax, "ids remembered from a peer's IDONTWANTs") { Refused = refused(GossipRefusal.IDontWantFlood) },
        new(nameof(options.RpcBytesMax), LimitScope.Message, options.RpcBytesMax, "longest RPC accepted, in bytes") { Refused = refused(GossipRefusal.RpcTooLong) },
        new(nameof(options.PartialBytesPerPeer), LimitScope.Peer, options.PartialBytesPerPeer, "bytes that unfinished RPCs of one peer may hold, 64 KiB per stream not counted") { Refused = refused(GossipRefusal.RpcMemory) },
        new(nameof(options.PartialBytesMax), LimitScope.Node, options.PartialBytesMax, "bytes that unfinished RPCs of all peers may hold") { Refused = refused(GossipRefusal.RpcMemory) },
        new(nameof(options.RpcSentBytesMax), LimitScope.Message, options.RpcSentBytesMax, "longest RPC sent, prefix included, in bytes") { Refused = refused(GossipRefusal.TooLongToForward) },
        new(nameof(options.ControlBytesMax), LimitScope.Message, options.ControlBytesMax, "control bytes accepted in an RPC") { Refused = refused(GossipRefusal.ControlTooLong) },
        new(nameof(options.ControlSentBytesMax), LimitScope.Message, options.ControlSentBytesMax, "control bytes sent in an RPC"),
        new(nameof(options.ControlEntriesMax), LimitScope.Message, options.ControlEntriesMax, "IHAVE, IWANT, GRAFT, PRUNE and IDONTWANT entries accepted in an RPC") { Refused = refused(GossipRefusal.TooManyControlEntries) },
        new(nameof(options.ControlIdsMax), LimitScope.Message, options.ControlIdsMax, "message ids accepted in the control part of an RPC"),
        new(nameof(options.SubscriptionsPerRpcMax), LimitScope.Message, options.SubscriptionsPerRpcMax, "subscription changes accepted, and sent, in an RPC") { Refused = refused(GossipRefusal.TooManySubscriptions) },
        new(nameof(options.MessagesPerRpcMax), LimitScope.Message, options.MessagesPerRpcMax, "messages accepted in an RPC") { Refused = refused(GossipRefusal.TooManyMessages) },
        new(nameof(options.TopicsPerPeerMax), LimitScope.Peer, options.TopicsPerPeerMax, "topics remembered per peer: 1,024 documents and 128 others") { Refused = refused(GossipRefusal.TooManyTopics) },
        new(nameof(options.PeersMax), LimitScope.Node, options.PeersMax, "peers the router keeps") { Refused = refused(GossipRefusal.TooManyPeers) },
        new(nameof(options.ParkedPublishesMax), LimitScope.Topic, options.ParkedPublishesMax, "own publishes of one topic that wait for a first subscriber") { Refused = refused(GossipRefusal.TooManyParked) },
        new(nameof(options.ValidationsMax), LimitScope.Node, options.ValidationsMax, "validations running at the same time") { Refused = refused(GossipRefusal.ValidationBusy) },
        new(nameof(options.ValidationQueueMax), LimitScope.Node, options.ValidationQueueMax, "messages waiting for validation"),
        new(nameof(options.OutQueueMax), LimitScope.Peer, options.OutQueueMax, "messages waiting for a peer (64 RPCs of below 64 KiB: 4 MiB)") { Refused = refused(GossipRefusal.ForwardDropped) },
        new(nameof(options.InboxCapacity), LimitScope.Node, options.InboxCapacity, "inputs waiting for the router"),
    ]);

    public static IEnumerable<LimitState> OfScores(PeerScoreOptions options) => LimitState.Of("PeerScoreOptions.", isSettable: false,
    [
        new(nameof(options.RetainedMax), LimitScope.Node, options.RetainedMax, "scores of departed peers that are remembered, so that reconnecting does not wash one clean"),
    ]);

    public static IEnumerable<LimitState> OfBitswap(BitswapOptions options, Func<BitswapRefusal, long> refused) => LimitState.Of("BitswapOptions.", isSettable: false,
    [
        new(nameof(options.WantsPerPeerMax), LimitScope.Peer, options.WantsPerPeerMax, "wants kept for one remote peer") { Refused = refused(BitswapRefusal.TooManyWants) },
        new(nameof(options.WantsSentPerPeerMax), LimitScope.Peer, options.WantsSentPerPeerMax, "Our wants outstanding at one peer"),
        new(nameof(options.WantsMax), LimitScope.Node, options.WantsMax, "CIDs wanted here at the same time"),
        new(nameof(options.PeersMax), LimitScope.Node, options.PeersMax, "remote peers whose wants are kept") { Refused = refused(BitswapRefusal.TooManyPeers) },
        new(nameof(options.MessageBytesMax), LimitScope.Message, options.MessageBytesMax, "longest message accepted, in bytes") { Refused = refused(BitswapRefusal.MessageTooLong) },
        new(nameof(options.PartialBytesPerPeer), LimitScope.Peer, options.PartialBytesPerPeer, "bytes that unfinished messages of one peer may hold, 64 KiB per stream not counted") { Refused = refused(BitswapRefusal.Memory) },
        new(nameof(options.PartialBytesMax), LimitScope.Node, options.PartialBytesMax, "bytes that unfinished messages of all peers may hold") { Refused = refused(BitswapRefusal.Memory) },
        new(nameof(options.MessageEntriesMax), LimitScope.Message, options.MessageEntriesMax, "entries of all kinds in one message") { Refused = refused(BitswapRefusal.TooManyEntries) },
        new(nameof(options.CidBytesMax), LimitScope.Message, options.CidBytesMax, "longest CID accepted, in bytes") { Refused = refused(BitswapRefusal.BadCid) },
        new(nameof(options.BlockBytesMax), LimitScope.Message, options.BlockBytesMax, "longest block sent or accepted, in bytes") { Refused = refused(BitswapRefusal.BlockTooLong) },
        new(nameof(options.OutstandingBytesMax), LimitScope.Peer, options.OutstandingBytesMax, "block bytes on their way to one peer before further answers wait"),
        new(nameof(options.LookupsMax), LimitScope.Node, options.LookupsMax, "store look-ups under way at once"),
        new(nameof(options.SendQueueMax), LimitScope.Peer, options.SendQueueMax, "messages waiting to be written to one peer"),
        new(nameof(options.InboxCapacity), LimitScope.Node, options.InboxCapacity, "inputs waiting for the engine"),
        new(nameof(options.StreamsPerPeer), LimitScope.Peer, options.StreamsPerPeer, "inbound streams of one peer at the same time"),
    ]);
}
