using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht;
using P2P.Node.Documents;
using P2P.PubSub;

namespace P2P.Node.Tests;

/// <summary>What a node tells people about its inside.</summary>
public sealed class InspectionTests
{
    [Fact]
    public async Task Connections_topics_table_last_lookup_and_blocks_are_shown()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        await two.Peers.WaitForAsync(1, TestNodes.Watchdog());
        TextDocument left = await one.Documents.OpenAsync("seen");
        TextDocument right = await two.Documents.OpenAsync("seen");
        await left.AppendAsync("x");
        await TestNodes.UntilAsync(right, static text => text == "x");

        Assert.Equal(two.PeerId, Assert.Single(one.Inspection.Connections).Peer);
        bool IsShared(GossipTopicStatus topic) => topic.Topic.ToString().Contains(left.Id.ToString(), StringComparison.Ordinal) && topic.Peers.Count > 0;
        IReadOnlyList<GossipTopicStatus> topics = await UntilAsync(async watchdog => await one.Inspection.GetTopicsAsync(watchdog), t => t.Any(IsShared));
        Assert.Equal(two.PeerId, Assert.Single(Assert.Single(topics, IsShared).Peers));
        Cid head = left.Status.Heads[0];
        Assert.True(head.Verify((await one.Inspection.GetBlockAsync(head))!.Value.Span));
        Assert.Null(await one.Inspection.GetBlockAsync(Cid.ForRaw([1, 2, 3])));

        TableSnapshot table = await UntilAsync(watchdog => one.Inspection.GetTableAsync(watchdog), static t => t is { Peers.Count: > 0, LastLookup.Hops.Count: > 0 });
        LookupHop hop = Assert.Single(table.LastLookup!.Hops);
        Assert.Equal((two.PeerId, default(PeerId)), (hop.Peer, hop.ToldBy));
        Assert.InRange(hop.CommonBits, 0, 255);
    }

    private static async Task<T> UntilAsync<T>(Func<CancellationToken, Task<T>> look, Func<T, bool> condition)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        while (true)
        {
            T seen = await look(watchdog);
            if (condition(seen))
            {
                return seen;
            }

            await Task.Delay(50, watchdog);
        }
    }
}
