using P2P.Bitswap;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Logs;
using P2P.PubSub;
using P2P.Storage;

namespace P2P.Node.Tests;

/// <summary>No cycle of queues in a whole node: with every queue of capacity 1 everybody still gets everything.</summary>
/// <remarks>
/// Real nodes on loopback; the schedule is the machine's. Replica and sync under a random schedule: Testing.Tests/Simulation/LockUpTests. Not narrowed are
/// queues nobody waits at: they drop (peer events, topic changes), or a session ends that overruns them (outbox of a sync session, Bitswap's queue to one peer).
/// </remarks>
public sealed class LockUpTests
{
    private const int Nodes = 4;
    private const int EntriesEach = 25;

    private static readonly NodeLimits s_narrow = new()
    {
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

    [Fact]
    public async Task With_every_queue_of_capacity_one_nodes_that_all_write_at_once_still_converge()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-narrow-");
        List<P2PNode> nodes = [];
        List<Multiaddr> addresses = [];
        for (int i = 0; i < Nodes; i++)
        {
            nodes.Add(await P2PNode.StartAsync(TestNodes.Options(Path.Combine(folder.FullName, $"n{i}"), [.. addresses]) with
            {
                Limits = s_narrow,
                Storage = new StorageOptions { InboxCapacity = 1, GroupEventsMax = 1, Readers = 1 },
                Text = new Documents.TextOptions { InboxCapacity = 1 },
            }));
            addresses.AddRange(nodes[i].Addresses);
        }

        IReplicatedLog<string>[] logs = await Task.WhenAll(nodes.Select(static n => n.Logs.OpenAsync("narrow")));
        await Task.WhenAll(logs.SelectMany(static (log, i) => Enumerable.Range(0, EntriesEach).Select(n => log.AppendAsync($"{i}/{n}", TestNodes.Watchdog()))));
        await Task.WhenAll(logs.Select(ReadAllAsync));

        foreach (P2PNode node in nodes)
        {
            await node.DisposeAsync(); // closing waits for nobody who waits for it either
        }

        folder.Delete(recursive: true);
    }

    private static async Task ReadAllAsync(IReplicatedLog<string> log)
    {
        HashSet<string> seen = [];
        await foreach ((LogEntry<string> entry, ChangeCursor _) in log.FollowAsync(default, TestNodes.Watchdog()))
        {
            if (seen.Add(entry.Item!) && seen.Count == Nodes * EntriesEach)
            {
                return;
            }
        }

        Assert.Fail($"{seen.Count} of {Nodes * EntriesEach} entries");
    }
}
