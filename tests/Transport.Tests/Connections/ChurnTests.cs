using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Memory;

namespace P2P.Transport.Tests.Connections;

public sealed class ChurnTests
{
    [Fact]
    public async Task After_any_churn_both_sides_agree_on_one_connection_per_pair_and_a_stop_leaves_nothing()
    {
        const ulong seed = 4;
        SeededChance chance = new(seed);
        MemoryNetwork memory = new();
        List<TestNode> nodes = [];
        for (int i = 1; i <= 5; i++)
        {
            nodes.Add(await TestNode.StartAsync(i, memory, TestNode.Quick with { Dial = new DialOptions { BackoffMin = TimeSpan.Zero, BackoffMax = TimeSpan.Zero } }));
        }

        foreach (TestNode node in nodes)
        {
            nodes.ForEach(other => node.Network.AddAddresses(other.Id, [other.Address], Transport.Peers.AddressSource.Manual));
        }

        for (int round = 0; round < 60; round++)
        {
            List<Task> running = [];
            for (int i = 0; i < 8; i++)
            {
                TestNode from = nodes[chance.Below(nodes.Count)];
                TestNode to = nodes[chance.Below(nodes.Count)];
                if (from != to)
                {
                    // Both directions at once: the case in which others lose both connections.
                    running.Add(chance.Below(4) == 0 ? from.Network.DisconnectAsync(to.Id, from.Watchdog) : QuietlyAsync(from.Network.ConnectAsync(to.Id, from.Watchdog)));
                    running.Add(QuietlyAsync(to.Network.ConnectAsync(from.Id, to.Watchdog)));
                }
            }

            await Task.WhenAll(running);
        }

        foreach (TestNode from in nodes)
        {
            foreach (TestNode to in nodes.Where(n => n != from))
            {
                await from.UntilAsync(() => from.Network.IsConnected(to.Id) == to.Network.IsConnected(from.Id));
                await from.Network.ConnectAsync(to.Id, from.Watchdog);
            }
        }

        await nodes[0].UntilAsync(() => nodes.TrueForAll(n => n.Network.Connections.Count == nodes.Count - 1 && n.Network.ConnectedPeers.Count == nodes.Count - 1)
            && nodes.TrueForAll(n => nodes.TrueForAll(o => n == o || AreAtOne(n, o))));
        foreach (TestNode node in nodes)
        {
            await Task.WhenAll(nodes.Where(n => n != node).Select(n => node.Network.PingAsync(n.Id, node.Watchdog)));
        }

        foreach (TestNode node in nodes)
        {
            await node.DisposeAsync();
            Assert.Equal((0, 0, 0), (node.Network.RunningTasks, node.Network.Statistics.Inbound, node.Network.Statistics.Outbound));
            Assert.Equal((0, 0), (node.Network.Statistics.PendingInbound, node.Network.Statistics.PendingDials));
            Assert.Equal(0, node.BufferedBytes);
        }
    }

    // Each side of a pair may have one connection and yet not the same: it was dialled by one of the two.
    private static bool AreAtOne(TestNode node, TestNode other) =>
        node.Network.Connections.Where(c => c.Peer == other.Id).ToList() is [var here]
        && other.Network.Connections.Where(c => c.Peer == node.Id).ToList() is [var there]
        && here.Outbound != there.Outbound;

    private static async Task QuietlyAsync(Task connecting)
    {
        try
        {
            await connecting;
        }
        catch (TransportException)
        {
            // The other side disconnects at the same time; that is the point.
        }
    }
}
