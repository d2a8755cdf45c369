using System.Reflection;
using P2P.Bitswap;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Presence;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Dht;
using P2P.Node.Documents;
using P2P.Node.Inspection;
using P2P.Node.Peers;
using P2P.PubSub;
using P2P.Storage;
using P2P.Transport.Connections;
using P2P.Transport.Identify;
using P2P.Transport.Limits;
using P2P.Transport.Peers;
using P2P.Transport.Yamux;

namespace P2P.Node.Tests;

/// <summary>Every number that a node refuses by can be asked for.</summary>
public sealed class LimitOverviewTests
{
    /// <summary>Numbers that tune and refuse nobody.</summary>
    private static readonly string[] s_noLimits =
    [
        "Alpha", "Beta", "DisjointPaths", "K", "DialOptions.ParallelPerPeer", "MeshSize", "MeshSizeMin", "MeshOutboundMin", "GossipPeersMin", "SmallTopicPeersMax", "HistoryLength", "HistoryGossip",
        "DontWantBytesMin", "MessageBytesTarget", "HaveAsBlockBytesMax", "PeersPerWant", "HeadsBeforeMerge", "VerifyWorkersMax", "PackFrameBytes", "FirstFrameBytes",
        "ProgressBytesPerSecond", "WindowBytes", "AuthorsMin", "CharactersCut", "BrokenSyncPoints", "CheckpointBytes", "Readers", "EvictAtPercent",
    ];

    private static readonly (Type Record, string Prefix)[] s_records =
    [
        (typeof(ConnectionLimits), "Connections:"), (typeof(PeerNetworkOptions), ""), (typeof(DialOptions), ""), (typeof(PeerStoreOptions), ""), (typeof(IdentifyOptions), ""),
        (typeof(YamuxOptions), ""), (typeof(KadOptions), ""), (typeof(PubSubOptions), ""), (typeof(PeerScoreOptions), ""), (typeof(BitswapOptions), ""), (typeof(ReplicaOptions), ""),
        (typeof(SyncOptions), ""), (typeof(PresenceOptions), "Presence:"), (typeof(ClockOptions), "Clocks:"), (typeof(IdentityOptions), "Clocks:Identity:"), (typeof(TextOptions), "Text:"),
        (typeof(PenaltyOptions), ""), (typeof(StorageOptions), "Storage:"),
    ];

    [Fact]
    public async Task Every_number_of_the_option_records_that_limits_something_is_explained()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        IReadOnlyList<LimitState> limits = node.Limits.Explain();
        IEnumerable<string> expected = s_records.SelectMany(static r => r.Record.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => (p.PropertyType == typeof(int) || p.PropertyType == typeof(long)) && !s_noLimits.Contains(p.Name) && !s_noLimits.Contains($"{r.Record.Name}.{p.Name}"))
            .Select(p => (r.Prefix.Length > 0 ? r.Prefix : r.Record.Name + ".") + p.Name));

        Assert.Equal(expected.Order(StringComparer.Ordinal), limits.Select(static l => l.Option).Order(StringComparer.Ordinal));
        Assert.All(limits, static l => Assert.True(l.Scope != LimitScope.None && l.What.Length > 0 && l.IsSettable == l.Option.Contains(':', StringComparison.Ordinal), l.Option));
        Assert.DoesNotContain(limits, static l => l.Refused > 0);
    }

    [Fact]
    public async Task What_is_used_and_what_was_refused_is_told_beside_the_value_and_the_option()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-limits-");
        P2POptions options = TestNodes.Options(folder.FullName) with { Connections = new ConnectionLimits { InboundMax = 1, PerAddressMax = 1, LoopbackExempt = false } };
        await using (P2PNode node = await P2PNode.StartAsync(options))
        {
            await using P2PNode one = await TestNodes.StartAsync(null, [.. node.Addresses]);
            await node.Peers.WaitForAsync(1, TestNodes.Watchdog());
            LimitState inbound = Find(node, "Connections:InboundMax");
            Assert.Equal((1, 1, LimitScope.Node, true, true), (inbound.Limit, inbound.Current, inbound.Scope, inbound.IsSettable, inbound.IsReached));
            Assert.InRange(Find(node, "Storage:QuotaBytes").Current ?? 0, 1, 10L << 30);

            await using P2PNode two = await TestNodes.StartAsync(null, [.. node.Addresses]);
            CancellationToken watchdog = TestNodes.Watchdog();
            using PeriodicTimer poll = new(TimeSpan.FromMilliseconds(10));
            while (Find(node, "Connections:InboundMax").Refused + Find(node, "Connections:PerAddressMax").Refused == 0)
            {
                await poll.WaitForNextTickAsync(watchdog);
            }

            Assert.Contains(node.Limits.Explain(), static l => l is { Refused: > 0, IsReached: true });
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public void Limits_of_connections_are_checked_as_all_options()
    {
        P2PException refused = Assert.Throws<P2PException>(() => (TestNodes.Options() with { Connections = new ConnectionLimits { TotalMax = 0 } }).ThrowIfInvalid());
        Assert.Contains("Connections:TotalMax", refused.Message, StringComparison.Ordinal);
        Assert.Equal(7, (TestNodes.Options() with { Connections = new ConnectionLimits { TotalMax = 7 } } with { Network = "other" }).Connections.TotalMax);
    }

    private static LimitState Find(P2PNode node, string option) => node.Limits.Explain().Single(l => l.Option == option);
}
