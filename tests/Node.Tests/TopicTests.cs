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

    [Fact]
    public async Task Opened_twice_both_read_everything_and_each_ends_with_its_own_close()
    {
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        await using Topic<string> here = first.Topics.Open<string>("chat");
        Topic<string> one = second.Topics.Open<string>("chat");
        Topic<string> other = second.Topics.Open<string>("chat");
        await here.WaitForPeersAsync(1, TestNodes.Watchdog());
        await using IAsyncEnumerator<TopicMessage<string>> ones = one.Messages(TestNodes.Watchdog()).GetAsyncEnumerator();
        await using IAsyncEnumerator<TopicMessage<string>> others = other.Messages(TestNodes.Watchdog()).GetAsyncEnumerator();

        await here.PublishAsync("hi");
        Assert.True(await ones.MoveNextAsync());
        Assert.True(await others.MoveNextAsync());
        Assert.Equal(("hi", "hi"), (ones.Current.Body, others.Current.Body));

        await one.DisposeAsync();
        Assert.False(await ones.MoveNextAsync());
        Assert.Null(await NextAsync(one)); // one that begins now ends at once
        await here.PublishAsync("still there?");
        Assert.True(await others.MoveNextAsync());
        Assert.Equal("still there?", others.Current.Body);

        await other.DisposeAsync();
        Assert.False(await others.MoveNextAsync());
        Assert.Equal(0, second.Topics.Count);
    }

    [Fact]
    public async Task Every_topic_ends_its_streams_when_the_node_stops()
    {
        P2PNode node = await TestNodes.StartAsync();
        Topic<string> one = node.Topics.Open<string>("chat");
        Topic<string> other = node.Topics.Open<string>("chat");
        Task<TopicMessage<string>?>[] reading = [NextAsync(one), NextAsync(other)];
        await node.DisposeAsync();
        Assert.All(await Task.WhenAll(reading), Assert.Null);
        await one.DisposeAsync();
        await other.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stream_ends_by_the_token_of_the_call_and_by_that_of_WithCancellation(bool endsByTheCall)
    {
        await using P2PNode node = await TestNodes.StartAsync();
        await using Topic<string> topic = node.Topics.Open<string>("chat");
        using CancellationTokenSource call = CancellationTokenSource.CreateLinkedTokenSource(TestNodes.Watchdog());
        using CancellationTokenSource with = CancellationTokenSource.CreateLinkedTokenSource(TestNodes.Watchdog());
        IAsyncEnumerator<TopicMessage<string>> messages = topic.Messages(call.Token).GetAsyncEnumerator(with.Token);
        Task<bool> next = messages.MoveNextAsync().AsTask();

        (endsByTheCall ? call : with).Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.False((endsByTheCall ? with : call).IsCancellationRequested); // and it was not the watchdog
        await messages.DisposeAsync();
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
