using P2P.PubSub.Messages;
using P2P.PubSub.Tests.Routing;
using P2P.PubSub.Wire;
using P2P.Transport.Connections;

namespace P2P.PubSub.Tests.Loop;

/// <summary>One of our nodes against a peer made by hand.</summary>
public sealed class RawPeerTests
{
    private const int Timeout = 120_000; // of a whole test: the watchdog of every loop in it

    // Virtual time may outrun threads: a write that waits for one must not count as stalled.
    private static readonly PubSubOptions s_patient = new() { WriteTimeout = TimeSpan.FromHours(1) };

    private static async Task<(GossipTopic Topic, RawPeer Raw, MuxedStream Stream)> MeetAsync(LoopBench bench, PubSubOptions? options = null)
    {
        GossipNetwork pubSub = bench.Add(options ?? s_patient);
        GossipTopic topic = await pubSub.SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed);
        RawPeer raw = bench.AddRaw();
        MuxedStream stream = await raw.OpenAsync(pubSub, bench.Node(0));
        await stream.WriteAsync(RawPeer.Hello(LoopBench.Topic), CancellationToken.None);
        await topic.WaitForPeersAsync(1);
        return (topic, raw, stream);
    }

    [Fact(Timeout = Timeout)]
    public async Task Hello_comes_first_and_a_graft_follows_at_once()
    {
        await using LoopBench bench = new();
        (_, RawPeer raw, _) = await MeetAsync(bench);

        Rpc first = await raw.ReceiveAsync(_ => true);
        Assert.Equal([new SubscriptionChange(LoopBench.Topic.Key, true)], first.Subscriptions);
        await raw.ReceiveAsync(rpc => rpc.Grafts.Contains(LoopBench.Topic.Key));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_stream_the_peer_resets_is_opened_again_with_a_new_hello_and_nothing_is_lost()
    {
        await using LoopBench bench = new();
        (GossipTopic topic, RawPeer raw, _) = await MeetAsync(bench);
        MuxedStream first = await raw.StreamAsync();
        await raw.ReceiveAsync(rpc => rpc.Grafts.Count > 0);

        first.Abort();
        Task<int> published = topic.PublishAsync("while the stream was dead"u8.ToArray());
        ValueTask<MuxedStream> second = raw.StreamAsync();
        while (!second.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        Assert.NotSame(first, await second);
        Assert.Equal(1, await published);
        bool hello = false;
        bool message = false;
        await raw.ReceiveAsync(rpc =>
        {
            hello |= rpc.Subscriptions.Count > 0;
            message |= rpc.Messages.Count > 0;
            return hello && message;
        });
    }

    [Theory(Timeout = Timeout)]
    [InlineData("0512ffffff7f", GossipRefusal.Malformed)]
    [InlineData("81804000", GossipRefusal.RpcTooLong)] // 1 MiB + 1
    [InlineData("ffffffffffffffff7f", GossipRefusal.RpcTooLong)]
    [InlineData("ffffffffffffffffff01", GossipRefusal.Malformed)] // no length at all
    public async Task Broken_bytes_close_the_stream_and_nothing_else(string hex, GossipRefusal reason)
    {
        await using LoopBench bench = new();
        (GossipTopic topic, RawPeer raw, MuxedStream stream) = await MeetAsync(bench);

        await stream.WriteAsync(Convert.FromHexString(hex), CancellationToken.None);
        await Assert.ThrowsAsync<TransportException>(async () => await stream.ReadAsync(new byte[1], CancellationToken.None));

        await bench[0].GetStatusAsync(); // a turn of its loop, which counts what the reader of the stream found
        Assert.Equal(1, bench[0].Refused(reason));
        Assert.Equal(1, await topic.PublishAsync("still here"u8.ToArray()));
        await raw.ReceiveAsync(rpc => rpc.Messages.Count > 0);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_peer_that_stops_reading_slows_the_publisher_for_a_while_and_is_then_skipped()
    {
        await using LoopBench bench = new();
        (GossipTopic topic, RawPeer raw, _) = await MeetAsync(bench);
        raw.Stall();
        byte[] Payload(int number) => [.. BitConverter.GetBytes(number), .. new byte[32_000]];

        Task<int>[] publishes = [.. Enumerable.Range(0, 120).Select(i => topic.PublishAsync(Payload(i)))];
        while (publishes.Count(p => p.IsCompleted) < 64)
        {
            await Task.Yield();
        }

        // Nobody gives up before five seconds have passed for the first in line.
        Assert.Contains(publishes, p => !p.IsCompleted);
        while (!publishes.All(p => p.IsCompleted))
        {
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            await bench[0].GetStatusAsync();
        }

        int accepted = (await Task.WhenAll(publishes)).Sum();
        int dropped = 120 - accepted;
        Assert.Equal(dropped, bench[0].Refused(GossipRefusal.PublishDropped));
        while (await topic.PublishAsync(Payload(200 + accepted)) == 1)
        {
            accepted++; // virtual time outran the writer, which went on filling the window; whoever finds no room is skipped at once
        }

        // 64 frames in the queue, and what the window of the stream took.
        Assert.InRange(accepted, 64, 64 + 20);
        Assert.Equal(dropped + 1, bench[0].Refused(GossipRefusal.PublishDropped));

        raw.Resume();
        for (int i = 0; i < accepted; i++)
        {
            await raw.ReceiveAsync(rpc => rpc.Messages.Count > 0);
        }

        Assert.Equal(1, await topic.PublishAsync(Payload(500)));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_write_that_stalls_too_long_resets_the_stream()
    {
        await using LoopBench bench = new();
        (GossipTopic topic, RawPeer raw, _) = await MeetAsync(bench, new PubSubOptions());
        await raw.StreamAsync();
        raw.Stall();
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal(1, await topic.PublishAsync((byte[])[(byte)i, .. new byte[32_000]]));
        }

        ValueTask<MuxedStream> second = raw.StreamAsync();
        while (!second.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Yield();
        }

        await second;
        // Not before its limit. How far virtual time runs on while real threads react is no property of the code.
        Assert.True(bench.Time.Elapsed >= TimeSpan.FromSeconds(10));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_heartbeat_advertises_and_an_IWANT_is_answered()
    {
        await using LoopBench bench = new();
        (GossipTopic topic, RawPeer raw, MuxedStream stream) = await MeetAsync(bench);
        await raw.ReceiveAsync(rpc => rpc.Grafts.Count > 0);
        await stream.WriteAsync(RawPeer.Frame(rpc => rpc.Prunes.Add(new OutPrune(LoopBench.Topic, TimeSpan.FromMinutes(1)))), CancellationToken.None);
        while ((await bench[0].GetStatusAsync())[0].Mesh.Count > 0)
        {
            await Task.Yield(); // mesh peers are told nothing: virtual time must not run before the PRUNE has arrived
        }

        await topic.PublishAsync("a"u8.ToArray());
        MessageId id = MessageIds.Sha256OfData(new MessageFields { Data = "a"u8 });
        await raw.ReceiveAsync(rpc => rpc.Messages.Count > 0);

        Task<Rpc> told = raw.ReceiveAsync(rpc => rpc.IHaves.Count > 0);
        while (!told.IsCompleted)
        {
            bench.Time.Advance(TimeSpan.FromMilliseconds(200));
            await bench[0].GetStatusAsync();
        }

        Assert.Equal([id], Assert.Single((await told).IHaves).Ids);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_in_the_message_cache_is_sent_to_whoever_asks()
    {
        await using LoopBench bench = new();
        (GossipTopic topic, RawPeer raw, MuxedStream stream) = await MeetAsync(bench);
        await topic.PublishAsync("a"u8.ToArray());
        await raw.ReceiveAsync(rpc => rpc.Messages.Count > 0);

        MessageId id = MessageIds.Sha256OfData(new MessageFields { Data = "a"u8 });
        await stream.WriteAsync(RawPeer.Frame(rpc => rpc.IWants.Add(id)), CancellationToken.None);

        Assert.Equal("a"u8.ToArray(), (await raw.ReceiveAsync(rpc => rpc.Messages.Count > 0)).Messages[0].Data.ToArray());
    }

    [Fact(Timeout = Timeout)]
    public async Task A_floodsub_peer_is_served()
    {
        await using LoopBench bench = new();
        GossipNetwork pubSub = bench.Add();
        GossipTopic topic = await pubSub.SubscribeAsync(LoopBench.Topic, TopicOptions.ContentAddressed);
        RawPeer raw = bench.AddRaw("/floodsub/1.0.0");
        MuxedStream stream = await raw.OpenAsync(pubSub, bench.Node(0));
        await stream.WriteAsync(RawPeer.Hello(LoopBench.Topic), CancellationToken.None);
        await topic.WaitForPeersAsync(1);

        Assert.Equal(1, await topic.PublishAsync("a"u8.ToArray()));
        Assert.Single((await raw.ReceiveAsync(rpc => rpc.Messages.Count > 0)).Messages);
        await stream.WriteAsync(MessageSignature.Unsigned(LoopBench.Topic, "b"u8).Frame, CancellationToken.None);
        Assert.Single(await LoopBench.TakeAsync(topic, 1));
        Assert.Empty((await pubSub.GetStatusAsync()).Single().Mesh);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_message_cut_into_single_bytes_arrives_whole()
    {
        await using LoopBench bench = new();
        (GossipTopic topic, _, MuxedStream stream) = await MeetAsync(bench);
        foreach (byte b in RouterBench.Message(bytes: 300, fill: 5).Frame.ToArray())
        {
            await stream.WriteAsync(new[] { b }, CancellationToken.None);
        }

        // That topic is another; ours follows in the same stream.
        await stream.WriteAsync(MessageSignature.Unsigned(LoopBench.Topic, "b"u8).Frame, CancellationToken.None);
        Assert.Equal("b"u8.ToArray(), Assert.Single(await LoopBench.TakeAsync(topic, 1)).Data.ToArray());
        Assert.Equal(1, bench[0].Refused(GossipRefusal.NotSubscribed));
    }
}
