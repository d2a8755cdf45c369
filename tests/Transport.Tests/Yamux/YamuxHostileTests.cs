using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Yamux;

public sealed class YamuxHostileTests
{
    public static TheoryData<string, YamuxRefusal> Violations => new()
    {
        { "010000010000000100000000", YamuxRefusal.Version },
        { "000400010000000100000000", YamuxRefusal.FrameType },
        { "000000010000000100040001", YamuxRefusal.WindowExceeded }, // Data+SYN, 262,145 bytes
        { "000000010000000100100001", YamuxRefusal.FrameTooLarge },
        { "0000000000000001ffffffff", YamuxRefusal.FrameTooLarge },
        { "000100010000000200000000", YamuxRefusal.StreamId },
        { "000100010000000000000000", YamuxRefusal.StreamId },
        { "000300000000000000000009", YamuxRefusal.GoAwayCode },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public async Task A_frame_against_the_rules_is_answered_by_a_good_bye_and_closes_only_this_connection(string frame, YamuxRefusal refusal)
    {
        await using HostilePeer peer = await HostilePeer.StartAsync();

        await peer.SendAsync(Convert.FromHexString(frame));

        Assert.Equal(new YamuxFrame(YamuxFrameType.GoAway, YamuxFlags.None, 0, 1), await peer.ReceiveAsync());
        Assert.Null(await peer.ReceiveAsync());
        await peer.Victim.Closed;
        Assert.Equal(1, peer.Upgrader.RefusalsOf(refusal));
        Assert.Equal(0, peer.Upgrader.BufferedBytes);
        await using HostilePeer next = await HostilePeer.StartAsync(shared: peer.Upgrader);
        await next.SendAsync(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Syn, 0, 5));
        Assert.Equal(5u, (await next.ReceiveAsync())!.Value.Length);
    }

    [Fact]
    public async Task More_than_ten_pings_a_second_close()
    {
        await using HostilePeer peer = await HostilePeer.StartAsync();

        for (uint i = 0; i < 11; i++)
        {
            await peer.SendAsync(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Syn, 0, i));
        }

        await peer.Victim.Closed;
        Assert.Equal(1, peer.Upgrader.RefusalsOf(YamuxRefusal.PingFlood));
    }

    [Fact]
    public async Task Streams_beyond_the_limit_are_reset_and_the_others_work()
    {
        YamuxOptions yamux = new() { InboundStreamsMax = 4 };
        await using HostilePeer peer = await HostilePeer.StartAsync(new UpgradeOptions { Yamux = yamux });
        for (uint id = 1; id <= 11; id += 2)
        {
            await peer.SendAsync(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, id, 1), 1);
        }

        HashSet<uint> reset = [];
        while (reset.Count < 2)
        {
            YamuxFrame frame = (await peer.ReceiveAsync())!.Value;
            Assert.Equal(YamuxFlags.Rst, frame.Flags);
            reset.Add(frame.StreamId);
        }

        Assert.Equal([9u, 11u], reset.Order());
        MuxedStream? first = await peer.Victim.AcceptStreamAsync(CancellationToken.None);
        Assert.Equal(1, await first!.ReadAsync(new byte[10], CancellationToken.None));
        await first.WriteAsync(new byte[3], CancellationToken.None);
        Assert.Equal(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Ack, 1, 3), await peer.ReceiveAsync());
    }

    [Fact]
    public async Task Opening_and_resetting_in_a_loop_leaves_nothing_behind()
    {
        await using HostilePeer peer = await HostilePeer.StartAsync();
        using SemaphoreSlim mayOpen = new(500); // who does not read what it is told is cut off: see the session's tests
        Task reading = ReadToPongAsync();
        for (uint id = 1; id < 10_001; id += 2)
        {
            await (id < 2 * new YamuxOptions().AckBacklog ? Task.CompletedTask : mayOpen.WaitAsync());
            await peer.SendAsync(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, id, 5), 5);
            await peer.SendAsync(new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Rst, id, 0));
        }

        await peer.SendAsync(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Syn, 0, 1));
        await reading;

        async Task ReadToPongAsync()
        {
            while ((await peer.ReceiveAsync())!.Value.Type != YamuxFrameType.Ping)
            {
                mayOpen.Release(); // the reset of a stream that did not fit into the accept queue
            }
        }

        Assert.Equal(0, peer.Victim.OpenStreams);
        Assert.Equal(0, peer.Upgrader.BufferedBytes);
    }

    [Fact]
    public async Task Window_stuffing_is_stopped_by_the_connections_limit()
    {
        YamuxOptions yamux = new() { ConnectionBytesMax = 1_000_000 };
        await using HostilePeer peer = await HostilePeer.StartAsync(new UpgradeOptions { Yamux = yamux });
        for (uint id = 1; id < 33; id += 2)
        {
            await peer.SendAsync(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, id, 262_144), 262_144); // 4 MiB in all
        }

        await peer.SendAsync(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Syn, 0, 1));
        while ((await peer.ReceiveAsync())!.Value.Type != YamuxFrameType.Ping)
        {
            // resets
        }

        Assert.True(peer.Upgrader.BufferedBytes <= 1_000_000 + 65_536, $"{peer.Upgrader.BufferedBytes} bytes");
        Assert.True(peer.Upgrader.RefusalsOf(YamuxRefusal.Memory) >= 10);
    }

    [Fact]
    public async Task Over_a_peers_limit_its_largest_stream_is_reset_on_whichever_of_its_connections()
    {
        UpgradeOptions options = new() { Yamux = new YamuxOptions { PeerBytesMax = 400_000 } };
        await using HostilePeer other = await HostilePeer.StartAsync(options, seed: 8);
        await using HostilePeer first = await HostilePeer.StartAsync(shared: other.Upgrader);
        await using HostilePeer second = await HostilePeer.StartAsync(shared: other.Upgrader);
        await other.SendAsync(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, 1, 262_144), 262_144);
        await PingAsync(other);
        await first.SendAsync(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, 1, 200_000), 200_000);
        await PingAsync(first);
        for (uint id = 1; id < 9; id += 2)
        {
            await second.SendAsync(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, id, 50_000), 50_000);
        }

        YamuxFrame? reset = await first.ReceiveAsync();
        await PingAsync(second); // all of its frames have been taken

        Assert.Equal((YamuxFlags.Rst, 1u), (reset!.Value.Flags, reset.Value.StreamId));
        Assert.Equal((1, 0, 4), (other.Victim.OpenStreams, first.Victim.OpenStreams, second.Victim.OpenStreams));
    }

    [Fact]
    public async Task Over_the_process_limit_the_stream_that_holds_most_is_reset_wherever_it_is()
    {
        UpgradeOptions options = new() { Yamux = new YamuxOptions { ProcessBytesMax = 400_000 } };
        await using HostilePeer large = await HostilePeer.StartAsync(options);
        await using HostilePeer small = await HostilePeer.StartAsync(shared: large.Upgrader);
        await large.SendAsync(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, 1, 262_144), 262_144);
        await PingAsync(large);
        for (uint id = 1; id < 9; id += 2)
        {
            await small.SendAsync(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, id, 50_000), 50_000);
        }

        YamuxFrame? reset = await large.ReceiveAsync();
        await PingAsync(small); // all of its frames have been taken

        Assert.Equal((YamuxFlags.Rst, 1u), (reset!.Value.Flags, reset.Value.StreamId));
        Assert.Equal(4, small.Victim.OpenStreams);
    }

    [Fact]
    public async Task A_remote_that_does_not_read_is_cut_off_after_the_write_timeout()
    {
        await using HostilePeer peer = await HostilePeer.StartAsync();
        await peer.SendAsync(new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Syn, 1, 10_000_000)); // much credit, but nobody reads
        MuxedStream? stream = await peer.Victim.AcceptStreamAsync(CancellationToken.None);

        Task writing = stream!.WriteAsync(new byte[5_000_000], CancellationToken.None).AsTask();
        CancellationToken watchdog = TestSupport.Watchdog.Start();
        while (peer.Time.NextDue is null)
        {
            watchdog.ThrowIfCancellationRequested();
            await Task.Yield(); // until the pump has met the full pipe and armed its timer
        }

        peer.Time.Advance(TimeSpan.FromSeconds(10));

        TransportException e = await Assert.ThrowsAsync<TransportException>(() => writing);
        Assert.Equal(TransportError.ConnectionClosed, e.Error);
        await peer.Victim.Closed;
        Assert.Equal(1, peer.Upgrader.RefusalsOf(YamuxRefusal.WriteTimeout));
    }

    [Fact]
    public async Task A_tampered_frame_closes_the_connection_and_is_counted()
    {
        await using HostilePeer peer = await HostilePeer.StartAsync();
        byte[] frame = new byte[2 + 40];
        frame[1] = 40;

        await peer.Wire.WriteAsync(frame, CancellationToken.None);

        await peer.Victim.Closed;
        Assert.Equal(1, peer.Upgrader.RefusalsOf(YamuxRefusal.Tampered));
    }

    [Fact]
    public async Task Random_bytes_only_ever_close_the_connection_they_came_on()
    {
        await using HostilePeer first = await HostilePeer.StartAsync();
        for (ulong seed = 1; seed <= 60; seed++)
        {
            await using HostilePeer peer = await HostilePeer.StartAsync(shared: first.Upgrader);
            byte[] bytes = new byte[600];
            new SeededChance(seed).Fill(bytes);
            for (int at = 0; at < bytes.Length; at += 12)
            {
                // Nearly right: version and type valid, small stream ids and lengths, so that deep code is reached.
                bytes[at] = 0;
                bytes[at + 1] &= 3;
                bytes[at + 2] = 0;
                bytes[at + 3] &= 15;
                bytes.AsSpan(at + 4, 3).Clear();
                bytes[at + 7] &= 7;
                bytes.AsSpan(at + 8, 2).Clear();
                bytes[at + 10] &= 1;
            }

            try
            {
                await peer.SendAsync(bytes);
                await peer.Wire.CloseWriteAsync(CancellationToken.None);
            }
            catch (TransportException)
            {
                // closed already: fine
            }

            await peer.Victim.Closed;
            Assert.True(peer.Victim.Closed.IsCompletedSuccessfully, $"seed {seed}");
        }

        await PingAsync(first);
        Assert.Equal(0, first.Upgrader.BufferedBytes);
    }

    [Fact]
    public void Receiving_and_reading_warm_frames_allocates_nothing()
    {
        YamuxConnectionContext context = new(
            new YamuxOptions(), new YamuxPeerBudgets(1 << 26, new YamuxBudget(1 << 26)), PoolSpawner.Instance, new P2P.Testing.ManualTime(), static _ => { });
        YamuxLoop loop = new(outbound: false, context, new YamuxBudget(1 << 26), new YamuxSignal());
        YamuxReceiver receiver = new(loop);
        byte[] open = new byte[12];
        new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Syn, 1, 0).Write(open);
        receiver.Receive(open);
        Assert.True(loop.Accepted.TryRead(out YamuxStream? stream) && loop.TryAccept(stream));
        byte[] data = new byte[12 + 1000];
        new YamuxFrame(YamuxFrameType.Data, YamuxFlags.None, 1, 1000).Write(data);
        byte[] buffer = new byte[1000];
        for (int i = 0; i < 1000; i++)
        {
            PassOneFrame(loop, receiver, stream!, data, buffer);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            PassOneFrame(loop, receiver, stream!, data, buffer);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void PassOneFrame(YamuxLoop loop, YamuxReceiver receiver, YamuxStream stream, byte[] data, byte[] buffer)
    {
        if (receiver.Receive(data) != YamuxRefusal.None)
        {
            throw new InvalidOperationException("Refused.");
        }

        ValueTask<int> read = stream.ReadAsync(buffer, CancellationToken.None);
        if (!read.IsCompletedSuccessfully || read.Result != 1000)
        {
            throw new InvalidOperationException("Not delivered.");
        }

        while (loop.Session.TryTakeFrame(100, out _, out _))
        {
            // window updates
        }
    }

    private static async Task PingAsync(HostilePeer peer)
    {
        await peer.SendAsync(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Syn, 0, 99));
        Assert.Equal(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Ack, 0, 99), await peer.ReceiveAsync());
    }
}
