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
        GossipTopicStatus topic = Assert.Single(await one.Inspection.GetTopicsAsync(), t => t.Topic.ToString().Contains(left.Id.ToString(), StringComparison.Ordinal) && t.Peers.Count > 0);
        Assert.Equal(two.PeerId, Assert.Single(topic.Peers));
        Cid head = left.Status.Heads[0];
        Assert.True(head.Verify((await one.Inspection.GetBlockAsync(head))!.Value.Span));
        Assert.Null(await one.Inspection.GetBlockAsync(Cid.ForRaw([1, 2, 3])));

        TableSnapshot table = await UntilAsync(one, static t => t is { Peers.Count: > 0, LastLookup.Hops.Count: > 0 });
        LookupHop hop = Assert.Single(table.LastLookup!.Hops);
        Assert.Equal((two.PeerId, default(PeerId)), (hop.Peer, hop.ToldBy));
        Assert.InRange(hop.CommonBits, 0, 255);
    }

    private static async Task<TableSnapshot> UntilAsync(P2PNode node, Func<TableSnapshot, bool> condition)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        while (true)
        {
            TableSnapshot table = await node.Inspection.GetTableAsync(watchdog);
            if (condition(table))
            {
                return table;
            }

            await Task.Delay(50, watchdog);
        }
    }
}
