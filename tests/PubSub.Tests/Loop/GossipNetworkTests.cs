using System.Text;
using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.PubSub.Tests.Loop;

public sealed class GossipNetworkTests
{
    private const int Timeout = 120_000; // of a whole test: the watchdog of every loop in it

    [Theory(Timeout = Timeout)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public async Task The_first_message_arrives_while_time_stands_still(int nodes)
    {
        await using LoopBench bench = new();
        GossipTopic[] topics = await bench.GroupAsync(nodes, TopicOptions.ContentAddressed);

        Assert.Equal(nodes - 1, await topics[0].PublishAsync("hello"u8.ToArray()));

        foreach (GossipTopic topic in topics.Skip(1))
        {
            GossipMessage message = Assert.Single(await LoopBench.TakeAsync(topic, 1));
            Assert.Equal("hello", Encoding.UTF8.GetString(message.Data.Span));
            Assert.Equal(LoopBench.Topic, message.Topic);
            Assert.True(message.From.IsNone);
        }

        Assert.Equal(TimeSpan.Zero, bench.Time.Elapsed);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_signed_message_names_its_author_and_its_neighbour()
    {
        await using LoopBench bench = new();
        bench.Add();
        bench.Add();
        bench.Add();
        await bench.Node(0).ConnectAsync(bench.Node(1).LocalPeer, CancellationToken.None);
        await bench.Node(1).ConnectAsync(bench.Node(2).LocalPeer, CancellationToken.None);
        GossipTopic[] topics = [];
        for (int i = 0; i < 3; i++)
        {
            topics = [.. topics, await bench[i].SubscribeAsync(LoopBench.Topic, TopicOptions.Signed)];
        }

        await topics[1].WaitForPeersAsync(2);
        await topics[0].WaitForPeersAsync(1);
        await topics[0].PublishAsync("a"u8.ToArray());

        GossipMessage message = Assert.Single(await LoopBench.TakeAsync(topics[2], 1));
        Assert.Equal(bench.Node(0).LocalPeer, message.From);
        Assert.Equal(bench.Node(1).LocalPeer, message.Source);
        Assert.NotEqual(0UL, message.SequenceNumber);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_RSA_author_is_understood()
    {
        using PrivateKey rsa = PrivateKey.Generate(KeyType.Rsa, new SeededChance(1));
        await using LoopBench bench = new();
        bench.Add(identity: rsa);
        bench.Add();
        await bench.Network.ConnectAllAsync(CancellationToken.None);
        GossipTopic author = await bench[0].SubscribeAsync(LoopBench.Topic, TopicOptions.Signed);
        GossipTopic reader = await bench[1].SubscribeAsync(LoopBench.Topic, TopicOptions.Signed);
        await author.WaitForPeersAsync(1);

        await author.PublishAsync("a"u8.ToArray());

        Assert.Equal(rsa.PublicKey.PeerId, Assert.Single(await LoopBench.TakeAsync(reader, 1)).From);
    }

    [Fact(Timeout = Timeout)]
    public async Task Twenty_nodes_get_every_message_of_every_other_exactly_once()
    {
        const int Nodes = 20;
        const int Each = 20;
        await using LoopBench bench = new();
        GossipTopic[] topics = await bench.GroupAsync(Nodes, TopicOptions.ContentAddressed);
        Task<List<GossipMessage>>[] readers = [.. topics.Select(topic => LoopBench.TakeAsync(topic, (Nodes - 1) * Each))];

        await Task.WhenAll(topics.Select((topic, i) => Task.Run(async () =>
        {
            for (int n = 0; n < Each; n++)
            {
                Assert.Equal(Nodes - 1, await topic.PublishAsync(Encoding.UTF8.GetBytes($"{i}/{n}")));
            }
        })));

        foreach (List<GossipMessage> messages in await Task.WhenAll(readers))
        {
            Assert.Equal((Nodes - 1) * Each, messages.Select(m => m.Id).Distinct().Count());
        }

        Assert.All(topics, topic => Assert.Equal(0, topic.Dropped));
    }

    [Fact(Timeout = Timeout)]
    public async Task An_unpaced_publisher_is_slowed_and_loses_nothing()
    {
        const int Count = 5_000;
        await using LoopBench bench = new();
        GossipTopic[] topics = await bench.GroupAsync(2, TopicOptions.ContentAddressed with { QueueCapacity = 65_536 });
        byte[][] payloads = [.. Enumerable.Range(0, Count).Select(i => Encoding.UTF8.GetBytes($"{i}".PadLeft(1_000)))];

        int[] sent = await Task.WhenAll(payloads.Select(payload => topics[0].PublishAsync(payload)));

        Assert.All(sent, peers => Assert.Equal(1, peers));
        List<GossipMessage> read = await LoopBench.TakeAsync(topics[1], Count);
        Assert.Equal(Count, read.Select(m => m.Id).Distinct().Count());
        Assert.Equal(0, bench[0].Refused(GossipRefusal.PublishDropped));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_reader_that_falls_behind_loses_the_oldest_and_is_told_how_many()
    {
        await using LoopBench bench = new();
        GossipTopic[] topics = await bench.GroupAsync(2, TopicOptions.ContentAddressed with { QueueCapacity = 4 });
        GossipTopic marker = await bench[1].SubscribeAsync("marker", TopicOptions.ContentAddressed);
        GossipTopic sender = await bench[0].SubscribeAsync("marker", TopicOptions.ContentAddressed);
        await sender.WaitForPeersAsync(1);
        for (int i = 0; i < 10; i++)
        {
            await topics[0].PublishAsync(Encoding.UTF8.GetBytes($"{i}"));
        }

        await sender.PublishAsync("all sent"u8.ToArray());
        await LoopBench.TakeAsync(marker, 1);

        Assert.Equal(6, topics[1].Dropped);
        Assert.Equal(6, bench[1].Refused(GossipRefusal.DeliveryDropped));
        Assert.Equal(["6", "7", "8", "9"], (await LoopBench.TakeAsync(topics[1], 4)).Select(m => Encoding.UTF8.GetString(m.Data.Span)));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_validator_decides_what_is_delivered_and_learns_the_source()
    {
        await using LoopBench bench = new();
        List<PeerId> sources = [];
        TopicOptions judged = TopicOptions.ContentAddressed with
        {
            Validator = async (source, message, ct) =>
            {
                await Task.Yield();
                sources.Add(source);
                return message.Data.Span[0] switch
                {
                    (byte)'r' => ValidationVerdict.Reject,
                    (byte)'i' => ValidationVerdict.Ignore,
                    (byte)'t' => throw new InvalidDataException("A defect of the application."),
                    (byte)'n' => ValidationVerdict.None,
                    _ => ValidationVerdict.Accept,
                };
            },
        };
        bench.Add();
        bench.Add();
        await bench.Network.ConnectAllAsync(CancellationToken.None);
        GossipTopic sender = await bench[0].SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed);
        GossipTopic reader = await bench[1].SubscribeAsync(LoopBench.Topic, judged with { QueueCapacity = 1 });
        await sender.WaitForPeersAsync(1);

        // One after the other: a refusal is counted before the next is sent.
        await PublishAndWaitAsync(sender, "reject", bench[1], GossipRefusal.Rejected);
        await PublishAndWaitAsync(sender, "ignore", bench[1], GossipRefusal.Ignored);
        await PublishAndWaitAsync(sender, "throw", bench[1], GossipRefusal.ValidatorFailed);
        await PublishAndWaitAsync(sender, "none", bench[1], GossipRefusal.ValidatorFailed, 2);
        await sender.PublishAsync("accept"u8.ToArray());

        Assert.Equal("accept", Encoding.UTF8.GetString(Assert.Single(await LoopBench.TakeAsync(reader, 1)).Data.Span));
        Assert.All(sources, source => Assert.Equal(bench.Node(0).LocalPeer, source));
        Assert.Equal(5, sources.Count);
        Assert.Equal(-10, await bench[1].GetScoreAsync(bench.Node(0).LocalPeer));
    }

    private static async Task PublishAndWaitAsync(GossipTopic sender, string text, GossipNetwork judge, GossipRefusal reason, long count = 1)
    {
        await sender.PublishAsync(Encoding.UTF8.GetBytes(text));
        while (judge.Refused(reason) < count)
        {
            await Task.Yield();
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Publishing_without_subscribing_reaches_subscribers()
    {
        await using LoopBench bench = new();
        bench.Add();
        bench.Add();
        await bench.Network.ConnectAllAsync(CancellationToken.None);
        GossipTopic reader = await bench[1].SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed);

        // Waits until the other's subscription is known.
        TopicOptions waiting = TopicOptions.ContentAddressed with { WhenAlone = AloneRule.Wait };
        Assert.Equal(1, await bench[0].PublishAsync(LoopBench.Topic, waiting, "a"u8.ToArray()));

        Assert.Single(await LoopBench.TakeAsync(reader, 1));
    }

    [Fact(Timeout = Timeout)]
    public async Task Publishing_alone_reports_nobody_or_waits_until_cancelled()
    {
        await using LoopBench bench = new();
        GossipNetwork pubSub = bench.Add();
        GossipTopic reports = await pubSub.SubscribeAsync("reports", TopicOptions.ContentAddressed);
        GossipTopic waits = await pubSub.SubscribeAsync("waits", TopicOptions.ContentAddressed with { WhenAlone = AloneRule.Wait });

        Assert.Equal(0, await reports.PublishAsync("a"u8.ToArray()));
        using CancellationTokenSource cancel = new();
        Task<int> waiting = waits.PublishAsync("a"u8.ToArray(), cancel.Token);
        await pubSub.GetStatusAsync();
        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_topic_left_is_seen_by_its_peers_and_ends_its_streams()
    {
        await using LoopBench bench = new();
        GossipTopic[] topics = await bench.GroupAsync(2, TopicOptions.ContentAddressed);

        await topics[1].DisposeAsync();

        List<TopicPeerChange> changes = [];
        await foreach (TopicPeerChange change in topics[0].PeerChangesAsync())
        {
            changes.Add(change);
            if (!change.Joined)
            {
                break;
            }
        }

        PeerId other = bench.Node(1).LocalPeer;
        Assert.Equal([new TopicPeerChange(other, true), new TopicPeerChange(other, false)], changes);
        Assert.Empty(topics[0].Peers);
        Assert.Empty(await Task.Run(async () => await topics[1].ReadAllAsync().ToListAsync()));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => topics[1].WaitForPeersAsync(1));

        GossipTopic again = await bench[1].SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed);
        await topics[0].WaitForPeersAsync(1);
        await topics[0].PublishAsync("welcome back"u8.ToArray());
        Assert.Single(await LoopBench.TakeAsync(again, 1));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_disconnected_peer_leaves_the_topic_and_a_reconnected_one_is_back()
    {
        await using LoopBench bench = new();
        GossipTopic[] topics = await bench.GroupAsync(2, TopicOptions.ContentAddressed);

        await bench.Node(0).DisconnectAsync(bench.Node(1).LocalPeer, CancellationToken.None);
        foreach (GossipTopic topic in topics)
        {
            await foreach (TopicPeerChange change in topic.PeerChangesAsync())
            {
                if (!change.Joined)
                {
                    break;
                }
            }
        }

        await bench.Node(0).ConnectAsync(bench.Node(1).LocalPeer, CancellationToken.None);
        await Task.WhenAll(topics.Select(topic => topic.WaitForPeersAsync(1)));
        await topics[1].PublishAsync("again"u8.ToArray());
        Assert.Single(await LoopBench.TakeAsync(topics[0], 1));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_subscription_that_is_given_up_while_it_is_made_is_not_kept()
    {
        await using LoopBench bench = new();
        GossipNetwork pubSub = bench.Add();
        for (int i = 0; i < 100; i++)
        {
            using CancellationTokenSource cancel = new();
            Task<GossipTopic> asked = pubSub.SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed, cancel.Token);
            await cancel.CancelAsync();
            await Task.WhenAny(asked);
            if (asked.IsCompletedSuccessfully)
            {
                await (await asked).DisposeAsync(); // it came first
            }

            await (await pubSub.SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed)).DisposeAsync();
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Wrong_calls_are_refused_with_a_reason()
    {
        await using LoopBench bench = new();
        GossipNetwork pubSub = bench.Add();
        GossipTopic topic = await pubSub.SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed);

        await Assert.ThrowsAsync<InvalidOperationException>(() => pubSub.SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed));
        await Assert.ThrowsAsync<ArgumentException>(() => pubSub.SubscribeAsync(default, TopicOptions.ContentAddressed));
        await Assert.ThrowsAsync<ArgumentException>(() => pubSub.SubscribeAsync("a", TopicOptions.Signed with { Signing = SigningPolicy.None }));
        await Assert.ThrowsAsync<ArgumentException>(() => topic.PublishAsync(new byte[65_536]));
        Assert.Equal(0, await topic.PublishAsync(new byte[60 * 1_024]));
        Assert.Throws<ArgumentException>(() => new TopicId(new string('t', 257)));
        Assert.Throws<ArgumentException>(() => new TopicId(string.Empty));
    }

    [Fact(Timeout = Timeout)]
    public async Task After_disposal_everything_has_ended()
    {
        await using LoopBench bench = new();
        GossipTopic[] topics = await bench.GroupAsync(3, TopicOptions.ContentAddressed with { WhenAlone = AloneRule.Wait });
        GossipTopic alone = await bench[0].SubscribeAsync("alone", TopicOptions.ContentAddressed with { WhenAlone = AloneRule.Wait });
        Task<int> waiting = alone.PublishAsync("a"u8.ToArray());
        await bench[0].GetStatusAsync();

        await bench[0].DisposeAsync();
        await bench[0].DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.True(bench[0].Completion.IsCompletedSuccessfully);
        Assert.Empty(await topics[0].ReadAllAsync().ToListAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => topics[0].PublishAsync("b"u8.ToArray()));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => bench[0].SubscribeAsync("new", TopicOptions.ContentAddressed));
        await topics[0].DisposeAsync();
    }
}
