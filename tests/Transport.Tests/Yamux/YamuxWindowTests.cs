using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Yamux;

public sealed class YamuxWindowTests : YamuxSessionFixture
{
    [Fact]
    public void A_window_grows_while_its_reader_uses_it_up_within_four_round_trips_and_not_otherwise()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);
        TimeSpan now = Transfer(server, stream, TimeSpan.Zero, TimeSpan.FromMilliseconds(50));
        YamuxFrame ping = TakeAll(server).Single(f => f.Type == YamuxFrameType.Ping);
        server.Step(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Ack, 0, ping.Length), now + TimeSpan.FromMilliseconds(50), _effects);
        Assert.Equal(TimeSpan.FromMilliseconds(50), server.RoundTrip);

        now = Transfer(server, stream, now, TimeSpan.FromMilliseconds(199));
        Assert.Equal(524_288, stream.WindowBytes);
        Assert.Equal(131_072u + 262_144u, TakeAll(server).Single(f => f.StreamId == 1).Length);
        now = Transfer(server, stream, now, TimeSpan.FromMilliseconds(200));
        Assert.Equal(524_288, stream.WindowBytes);

        for (int i = 0; i < 20; i++)
        {
            now = Transfer(server, stream, now, TimeSpan.FromMilliseconds(10));
        }

        Assert.Equal(s_options.WindowBytesMax, stream.WindowBytes);
    }

    [Fact]
    public void A_window_asked_for_at_once_travels_with_the_acknowledgement()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);

        Assert.True(server.TryGrowWindow(stream, 16 * 1024 * 1024));

        Assert.Equal(new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Ack, 1, (16 * 1024 * 1024) - 262_144), Take(server));
        Assert.Equal((16 * 1024 * 1024) - 262_144, server.ChargedBytes);
    }

    [Fact]
    public void Windows_are_granted_only_while_connection_and_process_have_room()
    {
        YamuxBudget budget = new(64 * 1024 * 1024);
        YamuxSession first = new(client: false, s_options, budget);
        YamuxStreamState a = Accepted(first);
        YamuxStreamState b = Accepted(first, 3);

        Assert.True(first.TryGrowWindow(a, 16 * 1024 * 1024));
        Assert.False(first.TryGrowWindow(b, 16 * 1024 * 1024)); // the connection's share
        YamuxSession[] others = [new(false, s_options, budget), new(false, s_options, budget), new(false, s_options, budget)];
        Assert.Equal([true, true, false], others.Select(s => s.TryGrowWindow(Accepted(s), 16 * 1024 * 1024))); // the process's

        first.Reset(a);
        Assert.True(others[2].TryGrowWindow(others[2].Streams.Single(), 16 * 1024 * 1024));
        foreach (YamuxSession session in (YamuxSession[])[first, .. others])
        {
            session.Close();
        }

        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void What_a_peer_uses_the_process_uses_and_neither_forgets()
    {
        YamuxBudget process = new(1000);
        YamuxBudget peer = new(400, process);
        YamuxBudget other = new(400, process);

        Assert.True(peer.TryGrant(300));
        Assert.False(peer.TryGrant(1)); // a quarter of the peer's stays free
        Assert.True(other.TryGrant(300));
        other.Charge(150);
        Assert.Equal((300, 450, 750), (peer.Used, other.Used, process.Used));
        Assert.Same(other, other.FirstOver);
        Assert.Null(peer.FirstOver);
        peer.Charge(-100);
        Assert.False(peer.TryGrant(101)); // a quarter of the peer's
        other.Charge(50);
        Assert.False(peer.TryGrant(60)); // 260 would do for the peer, 760 not for the process: nothing is taken of either
        Assert.Equal((200, 700), (peer.Used, process.Used));
        peer.Charge(210);
        Assert.Same(peer, peer.FirstOver);
        peer.Charge(-410);
        other.Charge(-50);
        other.Charge(-450);
        Assert.Equal((0, 0, 0), (peer.Used, other.Used, process.Used));
    }

    [Fact]
    public void The_stream_that_holds_most_is_reset_when_the_connection_holds_too_much()
    {
        YamuxSession server = Server(new YamuxOptions { ConnectionBytesMax = 300_000 });
        YamuxStreamState small = Accepted(server);
        YamuxStreamState large = Accepted(server, 3);

        server.Hold(small, 100_000, _effects);
        server.Hold(large, 190_000, _effects);
        Assert.Empty(_effects);
        server.Hold(small, 20_000, _effects);

        Assert.Equal(new YamuxEffect(YamuxEffectKind.Reset, large), Assert.Single(_effects));
        Assert.Equal(YamuxRefusal.Memory, Assert.Single(_refused));
    }

    [Fact]
    public void An_abandoned_stream_gives_no_credit_and_is_reset_after_the_linger_time()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);
        server.Abandon(stream, TimeSpan.FromSeconds(1));
        TakeAll(server);

        Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.Data, YamuxFlags.None, 1, 1000));
        Assert.Empty(_effects); // dropped
        Assert.Equal(TimeSpan.FromSeconds(6), server.NextTick);
        server.Tick(TimeSpan.FromSeconds(5.9), _effects);
        Assert.Empty(_effects);
        server.Tick(TimeSpan.FromSeconds(6), _effects);

        Assert.Equal(YamuxEffectKind.Reset, Assert.Single(_effects).Kind);
        Assert.Equal(YamuxFlags.Rst, Take(server).Flags);
        Assert.Null(server.NextTick);
    }

    [Fact]
    public void A_stream_that_was_never_announced_disappears_without_a_word()
    {
        YamuxSession client = Client();
        client.Abandon(Open(client), default);
        client.Reset(Open(client));

        Assert.Equal(0, client.OpenStreams);
        Assert.False(client.HasOutput);
    }

    [Fact]
    public void A_stream_with_unread_bytes_stays_countable_after_both_ends()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);
        server.Hold(stream, 1024, _effects);
        Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.Fin, 1, 0);
        server.CloseWrite(stream);
        TakeAll(server);

        Assert.Equal(1, server.OpenStreams);
        server.Hold(stream, -1024, _effects);
        Assert.Equal(0, server.OpenStreams);
        Assert.Equal(0, server.ChargedBytes);
    }
}
