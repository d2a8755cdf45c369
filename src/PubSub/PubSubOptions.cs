using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;

namespace P2P.PubSub;

/// <summary>Parameters and limits of pub/sub. The ranges are the security limits.</summary>
/// <remarks>Spec: gossipsub v1.1 and v1.2; limits, section 2.</remarks>
public sealed record PubSubOptions
{
    /// <summary>Mesh peers wanted per topic (D). Default 6.</summary>
    [Range(1, 64)]
    public int MeshSize { get; init; } = 6;

    /// <summary>Below this the mesh grows (Dlo). Default 5.</summary>
    [Range(0, 64)]
    public int MeshSizeMin { get; init; } = 5;

    /// <summary>The mesh never exceeds this (Dhi). Default 12.</summary>
    [Range(1, 128)]
    public int MeshSizeMax { get; init; } = 12;

    /// <summary>Mesh peers that we dialled, at least (Dout). Default 2.</summary>
    [Range(0, 64)]
    public int MeshOutboundMin { get; init; } = 2;

    /// <summary>Peers outside the mesh that are told of recent messages each heartbeat, at least (Dlazy). Default 6.</summary>
    [Range(0, 64)]
    public int GossipPeersMin { get; init; } = 6;

    /// <summary>Share of the peers outside the mesh that are told, if that is more. Default 0.25.</summary>
    [Range(0.0, 1.0)]
    public double GossipFactor { get; init; } = 0.25;

    /// <summary>Own messages go to all subscribers instead of the mesh alone. Default true, as v1.1 asks.</summary>
    public bool FloodPublish { get; init; } = true;

    /// <summary>Up to this many subscribers own messages go to all of them whatever <see cref="FloodPublish"/> says. Default 16.</summary>
    [Range(0, 64)]
    public int SmallTopicPeersMax { get; init; } = 16;

    /// <summary>Time between heartbeats. Default 1 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Heartbeats a message can be asked for. Default 5.</summary>
    [Range(1, 60)]
    public int HistoryLength { get; init; } = 5;

    /// <summary>Heartbeats a message is advertised. Default 3.</summary>
    [Range(1, 60)]
    public int HistoryGossip { get; init; } = 3;

    /// <summary>Bytes in the message cache; when full the oldest message leaves. Default 16 MiB.</summary>
    [Range(65_536, 1 << 30)]
    public int MessageCacheBytesMax { get; init; } = 16 << 20;

    /// <summary>How long a message id is remembered. Default 120 s: at 60 s late duplicates loop (wire digest, trap 15).</summary>
    public TimeSpan SeenTtl { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Message ids remembered; when full the oldest leaves. Default 262,144.</summary>
    [Range(16, 16 << 20)]
    public int SeenMax { get; init; } = 262_144;

    /// <summary>How long peers are kept for a topic we publish to without subscribing. Default 60 s.</summary>
    public TimeSpan FanoutTtl { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a pruned peer may not be grafted. Default 60 s.</summary>
    public TimeSpan PruneBackoff { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The same after unsubscribing. Default 10 s.</summary>
    public TimeSpan UnsubscribeBackoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A GRAFT this soon after a PRUNE counts twice. Default 10 s.</summary>
    public TimeSpan GraftFloodWindow { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Backoffs remembered; when full new ones are not recorded and counted. Default 16,384.</summary>
    [Range(16, 1 << 20)]
    public int BackoffsMax { get; init; } = 16_384;

    /// <summary>GRAFTs and PRUNEs for unknown topics per peer and heartbeat before each further one is charged. Default 16.</summary>
    [Range(0, 1_024)]
    public int StrayControlsMax { get; init; } = 16;

    /// <summary>Messages of at least this many bytes are followed by IDONTWANT (v1.2). Default 1,024.</summary>
    [Range(0, 1 << 20)]
    public int DontWantBytesMin { get; init; } = 1_024;

    /// <summary>RPCs with IHAVE taken from a peer per heartbeat. Default 10.</summary>
    [Range(1, 1_000)]
    public int IHavesMax { get; init; } = 10;

    /// <summary>Ids taken from a peer's IHAVEs, and asked of it, per heartbeat; also ids in a peer's IWANTs. Default 5,000.</summary>
    [Range(1, 65_536)]
    public int IHaveIdsMax { get; init; } = 5_000;

    /// <summary>Times one message is sent to one peer that asks for it. Default 3.</summary>
    [Range(1, 16)]
    public int RetransmissionsMax { get; init; } = 3;

    /// <summary>Peers asked for one message per heartbeat. Default 3.</summary>
    [Range(1, 64)]
    public int AskedPeersMax { get; init; } = 3;

    /// <summary>A peer that advertised a message must deliver it within this time of being asked. Default 3 s.</summary>
    public TimeSpan PromiseTime { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Ids remembered from a peer's IDONTWANTs; more are ignored. Default 1,000.</summary>
    [Range(0, 65_536)]
    public int DontWantIdsMax { get; init; } = 1_000;

    /// <summary>Longest RPC accepted, in bytes. Default 1 MiB.</summary>
    [Range(1_024, 16 << 20)]
    public int RpcBytesMax { get; init; } = 1 << 20;

    /// <summary>Bytes that unfinished RPCs of one peer may hold, 64 KiB per stream not counted; beyond it the stream is reset. Default 4 MiB.</summary>
    [Range(1 << 20, 1 << 30)]
    public int PartialBytesPerPeer { get; init; } = 4 << 20;

    /// <summary>The same for all peers together. Default 32 MiB.</summary>
    [Range(1 << 20, 1 << 30)]
    public int PartialBytesMax { get; init; } = 32 << 20;

    /// <summary>Longest RPC sent, prefix included, in bytes. Default 65,535: rust refuses 65,537 (wire digest, trap 7).</summary>
    [Range(4_096, 1 << 20)]
    public int RpcSentBytesMax { get; init; } = 65_535;

    /// <summary>Control bytes accepted in an RPC; a larger control part is refused as a whole. Default 32 KiB.</summary>
    [Range(1_024, 1 << 20)]
    public int ControlBytesMax { get; init; } = 32 << 10;

    /// <summary>Control bytes sent in an RPC; more go into further RPCs. Default 16 KiB.</summary>
    [Range(1_024, 1 << 20)]
    public int ControlSentBytesMax { get; init; } = 16 << 10;

    /// <summary>IHAVE, IWANT, GRAFT, PRUNE and IDONTWANT entries accepted in an RPC. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int ControlEntriesMax { get; init; } = 1_024;

    /// <summary>Message ids accepted in the control part of an RPC. Default 4,096.</summary>
    [Range(1, 65_536)]
    public int ControlIdsMax { get; init; } = 4_096;

    /// <summary>Subscription changes accepted, and sent, in an RPC. Default 100.</summary>
    [Range(1, 65_536)]
    public int SubscriptionsPerRpcMax { get; init; } = 100;

    /// <summary>Messages accepted in an RPC. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int MessagesPerRpcMax { get; init; } = 1_024;

    /// <summary>Topics remembered per peer: 1,024 documents and 128 others; more are ignored and counted. Default 1,152.</summary>
    [Range(1, 65_536)]
    public int TopicsPerPeerMax { get; init; } = 1_152;

    /// <summary>Peers the router keeps; more are not spoken to. Default 512, above the connection limit.</summary>
    [Range(1, 65_536)]
    public int PeersMax { get; init; } = 512;

    /// <summary>Own publishes of one topic that wait for a first subscriber; more report 0 at once. Default 64.</summary>
    [Range(0, 4_096)]
    public int ParkedPublishesMax { get; init; } = 64;

    /// <summary>Validations running at the same time. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int ValidationsMax { get; init; } = 1_024;

    /// <summary>Messages waiting for validation; more are ignored, counted and forgotten, so that they may come again. Default 256.</summary>
    [Range(0, 65_536)]
    public int ValidationQueueMax { get; init; } = 256;

    /// <summary>
    /// Messages waiting for a peer (64 RPCs of below 64 KiB: 4 MiB). Gossip is dropped when half full, relayed messages when full, own
    /// publishes wait. Default 64.
    /// </summary>
    [Range(1, 4_096)]
    public int OutQueueMax { get; init; } = 64;

    /// <summary>Longest wait of an own publish for one peer's queue; then the peer is skipped until it has caught up. Default 5 s.</summary>
    public TimeSpan PublishWaitMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time one write to a peer may take before its stream is reset. Default 10 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Inputs waiting for the router; stream readers wait when it is full. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int InboxCapacity { get; init; } = 1_024;

    /// <summary>Where the meter <c>P2P.PubSub</c> is made; without one pub/sub makes its own.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>How peers are judged.</summary>
    public PeerScoreOptions Score { get; init; } = new();
}
