using P2P.Bitswap;
using P2P.Crdt.Sync;
using P2P.PubSub;
using P2P.Transport.Connections;
using P2P.Transport.Yamux;

namespace P2P.Node.Tests;

/// <summary>Every queue of a node made as small as it goes; docs/simulation.md has the table.</summary>
internal static class NarrowLimits
{
    public static NodeLimits Everywhere { get; } = new()
    {
        Network = new PeerNetworkOptions { EventBacklog = 1, Dial = new DialOptions { ParallelMax = 1, ParallelPerPeer = 1 } },
        Upgrade = new UpgradeOptions { Yamux = new YamuxOptions { AckBacklog = 1 } },
        Sync = new SyncOptions { InboxCapacity = 1, FramesUnsentMax = 1, InsertsInFlightMax = 1, GetsInFlightMax = 1, FirstFrameBytes = 64, PackFrameBytes = 256 },
        PubSub = new PubSubOptions { InboxCapacity = 1, ValidationsMax = 1, ValidationQueueMax = 1, OutQueueMax = 1 },
        Bitswap = new BitswapOptions { InboxCapacity = 1, LookupsMax = 1 },
        DhtInbox = 1,
        BroadcastQueue = 1,
        Replica = static options => options with
        {
            InboxCapacity = 1,
            OutboxCapacity = 1,
            CommitEventsMax = 1,
            AnnounceIntervalMin = TimeSpan.FromSeconds(1), // what the narrow queues drop is said again soon
            AnnounceIntervalMax = TimeSpan.FromSeconds(2),
        },
    };
}
