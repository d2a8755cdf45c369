using P2P.Core.Multiformats;
using P2P.Node.Documents;
using P2P.Transport.Connections;

namespace P2P.Node.Tests;

/// <summary>A node taken off the network by its own side, and back.</summary>
public sealed class OfflineTests
{
    [Fact]
    public async Task What_is_written_offline_on_either_side_is_merged_when_the_node_is_back()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        await two.Peers.WaitForAsync(1, TestNodes.Watchdog());
        TextDocument left = await one.Documents.OpenAsync("merge");
        TextDocument right = await two.Documents.OpenAsync("merge");
        await left.AppendAsync("both\n");
        await TestNodes.UntilAsync(right, static text => text == "both\n");

        await two.GoOfflineAsync(TestNodes.Watchdog());
        Assert.True(two.IsOffline);
        Assert.Empty(two.Peers.Connected);
        await left.AppendAsync("left\n");
        await right.AppendAsync("right\n");
        Assert.Equal("both\nleft\n", left.Text);
        Assert.Equal("both\nright\n", right.Text);

        two.GoOnline();
        await TestNodes.UntilAsync(left, static text => text.Length == 16);
        await TestNodes.UntilAsync(right, static text => text.Length == 16);
        Assert.Equal(left.Text, right.Text);
        Assert.False(two.IsOffline);
    }

    [Fact]
    public async Task Nobody_is_dialled_and_nobody_admitted_while_offline()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync();
        await two.GoOfflineAsync(TestNodes.Watchdog());
        P2PException offline = await Assert.ThrowsAsync<P2PException>(() => two.Peers.ConnectAsync(one.Addresses[0], TestNodes.Watchdog()));
        Assert.Equal((NodeError.Offline, true), (offline.Error, offline.IsOfNetwork));
        await Assert.ThrowsAnyAsync<Exception>(() => one.Peers.PingAsync(two.PeerId, TestNodes.Watchdog()));
        Assert.Empty(two.Peers.Connected);
        Assert.Contains(ConnectionRefusal.Offline, two.Inspection.Statistics.Refusals.Keys);
        two.GoOnline();
        Multiaddr address = one.Addresses[0];
        await two.Peers.ConnectAsync(address, TestNodes.Watchdog());
        Assert.Equal(one.PeerId, Assert.Single(two.Peers.Connected).Id);
    }

    [Fact]
    public async Task The_list_of_documents_is_the_open_ones_by_name()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        Assert.Empty(await node.Documents.ListAsync());
        await node.Documents.OpenAsync("b");
        await node.Documents.OpenAsync("a");
        Assert.Equal(["a", "b"], (await node.Documents.ListAsync()).Select(static d => d.Name));
    }
}
