using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>Whole nodes over TCP on loopback: Noise, Yamux, gossip, DHT, Bitswap, SQLite.</summary>
public sealed class ConvergenceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-node-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Two_nodes_that_write_at_the_same_time_end_equal()
    {
        await using P2PNode a = await TestNodes.StartAsync();
        await using P2PNode b = await TestNodes.StartAsync(null, a.Addresses[0]);
        TextDocument left = await a.Documents.OpenAsync("notes");
        TextDocument right = await b.Documents.OpenAsync("notes");
        await b.Peers.WaitForAsync(1, TestNodes.Watchdog());
        await Task.WhenAll(left.AppendAsync("from a\n"), right.AppendAsync("from b\n"));
        await TestNodes.UntilAsync(left, t => t.Length == 14);
        await TestNodes.UntilAsync(right, t => t.Length == 14);
        Assert.Equal(left.Text, right.Text);
        Assert.Equal(left.Status.FrontierHash, right.Status.FrontierHash);
        Assert.Equal(left.Id, right.Id);
    }

    [Fact]
    public async Task A_newcomer_gets_what_was_written_before_it_came()
    {
        await using P2PNode a = await TestNodes.StartAsync();
        TextDocument left = await a.Documents.OpenAsync("notes");
        for (int i = 0; i < 30; i++)
        {
            await left.AppendAsync($"line {i}\n");
        }

        await using P2PNode b = await TestNodes.StartAsync(null, a.Addresses[0]);
        TextDocument right = await b.Documents.OpenAsync("notes");
        await right.WaitForSyncAsync(TestNodes.Watchdog());
        await TestNodes.UntilAsync(right, t => t == left.Text);
        Assert.Equal(left.Status.FrontierHash, right.Status.FrontierHash);
    }

    [Fact]
    public async Task A_restarted_node_has_its_text_and_goes_on_with_its_chain()
    {
        string data = Path.Combine(_folder, "a");
        await using (P2PNode first = await TestNodes.StartAsync(data))
        {
            await (await first.Documents.OpenAsync("notes")).AppendAsync("before\n");
        }

        await using P2PNode second = await TestNodes.StartAsync(data);
        TextDocument notes = await second.Documents.OpenAsync("notes");
        Assert.Equal("before\n", notes.Text);
        await notes.AppendAsync("after\n");
        IReadOnlyList<Crdt.Events.Event> events = await ClockPicture.ReadAllAsync(notes.Replica);
        Assert.Equal([1UL, 2UL], events.Select(e => e.Sequence));
        Assert.Equal(events[0].Cid, events[1].Previous);
        Assert.True(events[0].Author.Span.SequenceEqual(events[1].Author.Span));
    }

    [Fact]
    public async Task Delivery_is_known_when_a_peer_holds_the_heads()
    {
        await using P2PNode a = await TestNodes.StartAsync();
        await using P2PNode b = await TestNodes.StartAsync(null, a.Addresses[0]);
        await a.Documents.OpenAsync("notes");
        TextDocument right = await b.Documents.OpenAsync("notes");
        await right.AppendAsync("x\n");
        await right.WaitForDeliveryAsync(TestNodes.Watchdog());
        await TestNodes.UntilAsync(await a.Documents.OpenAsync("notes"), static t => t == "x\n"); // the event is there; its text is a moment behind
    }

    [Fact]
    public async Task A_second_node_on_one_folder_is_told_who_holds_it()
    {
        string data = Path.Combine(_folder, "busy");
        await using P2PNode holder = await TestNodes.StartAsync(data);
        P2PException error = await Assert.ThrowsAsync<P2PException>(() => TestNodes.StartAsync(data));
        Assert.Equal(NodeError.DataDirectoryInUse, error.Error);
        Assert.Equal(Environment.ProcessId, error.HolderPid);
        Assert.Contains(Environment.ProcessId.ToString(), error.Message, StringComparison.Ordinal);
    }
}
