using P2P.Node.Topics;

namespace P2P.Node.Tests;

public sealed class TopicTests
{
    [Fact]
    public async Task A_message_reaches_every_reader_of_another_node_and_names_its_sender()
    {
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        await using Topic<string> here = first.Topics.Open<string>("chat");
        await using Topic<string> there = second.Topics.Open<string>("chat");
        await using Topic<ReadOnlyMemory<byte>> raw = second.Topics.Open<ReadOnlyMemory<byte>>("chat");
        Task<TopicMessage<string>> text = FirstAsync(there);
        Task<TopicMessage<ReadOnlyMemory<byte>>> bytes = FirstAsync(raw);

        await here.WaitForPeersAsync(1, TestNodes.Watchdog());
        await there.WaitForPeersAsync(1, TestNodes.Watchdog());
        Assert.Equal(1, await here.PublishAsync("hi"));

        Assert.Equal(("hi", first.PeerId), ((await text).Body, (await text).From));
        Assert.Equal("hi"u8.ToArray(), (await bytes).Body.ToArray());
    }

    [Fact]
    public async Task What_is_no_text_is_left_out_and_counted()
    {
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        await using Topic<ReadOnlyMemory<byte>> raw = first.Topics.Open<ReadOnlyMemory<byte>>("chat");
        await using Topic<string> there = second.Topics.Open<string>("chat");
        await raw.WaitForPeersAsync(1, TestNodes.Watchdog());
        // One reader all the way: what comes while nobody reads is nobody's.
        await using IAsyncEnumerator<TopicMessage<string>> reader = there.Messages(TestNodes.Watchdog()).GetAsyncEnumerator();
        Task<bool> next = reader.MoveNextAsync().AsTask();
        await raw.PublishAsync(new byte[] { 0xff, 0xfe });
        do // topics have no order: a good one may come first
        {
            await raw.PublishAsync("good"u8.ToArray());
            Assert.True(await next);
            Assert.Equal("good", reader.Current.Body);
            next = reader.MoveNextAsync().AsTask();
        }
        while (there.Unreadable == 0);

        await raw.PublishAsync("good"u8.ToArray());
        Assert.True(await next);
        Assert.Equal(1, there.Unreadable);
    }

    [Fact]
    public async Task A_topic_that_was_closed_can_be_opened_again_and_alone_nobody_gets_anything()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        Topic<string> topic = node.Topics.Open<string>("chat");
        Assert.Equal(0, await topic.PublishAsync("alone"));
        await topic.DisposeAsync();
        await topic.DisposeAsync();
        Assert.Equal(NodeError.Stopped, (await Assert.ThrowsAsync<P2PException>(() => topic.PublishAsync("closed"))).Error);

        await using Topic<string> again = node.Topics.Open<string>("chat");
        Assert.Equal(0, await again.PublishAsync("alone"));
    }

    [Fact]
    public async Task A_topic_that_everybody_has_closed_leaves_nothing_behind()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        await using Topic<string> stays = node.Topics.Open<string>("stays");
        for (int i = 0; i < 20; i++)
        {
            Topic<string> first = node.Topics.Open<string>($"meeting {i}");
            Topic<string> second = node.Topics.Open<string>($"meeting {i}");
            Assert.Equal(2, node.Topics.Count);
            await first.DisposeAsync();
            Assert.Equal(0, await second.PublishAsync("still open"));
            await second.DisposeAsync();
            Assert.Equal(1, node.Topics.Count);
        }

        // One that is opened again while it is being closed is not forgotten with the old one.
        Topic<string> old = node.Topics.Open<string>("again");
        ValueTask closing = old.DisposeAsync();
        await using Topic<string> again = node.Topics.Open<string>("again");
        await closing;
        Assert.Equal(0, await again.PublishAsync("open"));
        Assert.Equal(2, node.Topics.Count);
    }

    [Fact]
    public async Task Wrong_names_and_types_are_the_callers_mistake_and_a_stopped_node_says_so()
    {
        P2PNode node = await TestNodes.StartAsync();
        Assert.Throws<ArgumentException>(() => node.Topics.Open<int>("chat"));
        foreach (string name in (string[])[string.Empty, "/p2p/doc/1/x", new string('é', 129)])
        {
            Assert.Equal(NodeError.InvalidOption, Assert.Throws<P2PException>(() => node.Topics.Open<string>(name)).Error);
        }

        Topic<string> open = node.Topics.Open<string>("chat");
        Assert.Equal(NodeError.TooLong, (await Assert.ThrowsAsync<P2PException>(() => open.PublishAsync(new string('x', 64 << 10)))).Error);
        Task<TopicMessage<string>?> reading = NextAsync(open);
        await node.DisposeAsync();
        Assert.Null(await reading);
        Assert.Equal(NodeError.Stopped, Assert.Throws<P2PException>(() => node.Topics.Open<string>("chat")).Error);
    }

    private static async Task<TopicMessage<T>> FirstAsync<T>(Topic<T> topic) => (await NextAsync(topic))!;

    private static async Task<TopicMessage<T>?> NextAsync<T>(Topic<T> topic)
    {
        await foreach (TopicMessage<T> message in topic.Messages(TestNodes.Watchdog()))
        {
            return message;
        }

        return null;
    }
}
