using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Yamux;

public sealed class YamuxSessionTests
{
    private static readonly YamuxOptions s_options = new();
    private readonly List<YamuxEffect> _effects = [];
    private readonly List<YamuxRefusal> _refused = [];

    [Theory]
    [InlineData(YamuxFrameType.Data)]
    [InlineData(YamuxFrameType.WindowUpdate)]
    internal void A_stream_may_be_opened_by_either_kind_of_frame(YamuxFrameType type)
    {
        YamuxSession server = Server();

        Assert.Equal(YamuxRefusal.None, Step(server, type, YamuxFlags.Syn, 1, 0));

        Assert.Equal(YamuxEffectKind.Opened, Assert.Single(_effects).Kind);
        Assert.Equal(1, server.OpenStreams);
    }

    [Theory]
    [InlineData(YamuxFrameType.Data)]
    [InlineData(YamuxFrameType.WindowUpdate)]
    internal void An_acknowledgement_may_ride_on_either_kind_of_frame(YamuxFrameType type)
    {
        YamuxSession client = Client(new YamuxOptions { AckBacklog = 1 });
        YamuxStreamState stream = Open(client);
        client.Announce(stream);
        Take(client);
        Assert.Equal(YamuxOpenStatus.Wait, client.TryOpen(default, out _));

        Step(client, type, YamuxFlags.Ack, stream.Id, 0);

        Assert.Equal(YamuxOpenStatus.Opened, client.TryOpen(default, out _));
    }

    [Fact]
    public void Opening_sends_nothing_until_it_is_used_and_then_the_first_data_carries_syn()
    {
        YamuxSession client = Client();
        YamuxStreamState stream = Open(client);
        Assert.False(client.HasOutput);

        client.Write(stream, 10);

        Assert.Equal(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn, 1, 10), Take(client));
        client.Write(stream, 5);
        Assert.Equal(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.None, 1, 5), Take(client));
    }

    [Fact]
    public void A_stream_that_is_only_read_announces_itself_once()
    {
        YamuxSession client = Client();
        YamuxStreamState stream = Open(client);

        client.Announce(stream);
        client.Announce(stream);

        Assert.Equal(new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Syn, 1, 0), Take(client));
        Assert.False(client.HasOutput);
    }

    [Fact]
    public void Ids_are_odd_for_the_client_and_even_for_the_server()
    {
        Assert.Equal(1u, Open(Client()).Id);
        Assert.Equal(2u, Open(Server()).Id);
    }

    [Fact]
    public void Nothing_beyond_256_KiB_is_sent_until_the_remote_gives_credit()
    {
        YamuxSession client = Client();
        YamuxStreamState stream = Open(client);
        client.Write(stream, 300_000);

        Assert.Equal(262_144, DrainData(client));
        Step(client, YamuxFrameType.WindowUpdate, YamuxFlags.Ack, stream.Id, 7);

        Assert.Equal(7u, Take(client).Length);
        Assert.False(client.HasOutput);
    }

    [Fact]
    public void No_data_frame_is_longer_than_what_fits_into_one_noise_frame()
    {
        YamuxSession client = Client();
        client.Write(Open(client), 200_000);

        Assert.Equal((uint)YamuxSession.DataBytesMax, Take(client).Length);
    }

    [Fact]
    public void Exactly_256_KiB_in_the_first_frame_are_accepted()
    {
        Assert.Equal(YamuxRefusal.None, Step(Server(), YamuxFrameType.Data, YamuxFlags.Syn, 1, 262_144));
        Assert.Contains(_effects, e => e.Kind == YamuxEffectKind.Body);
    }

    [Fact]
    public void One_byte_more_than_256_KiB_in_the_first_frame_is_refused()
    {
        // CVE-2026-32314: exactly this frame.
        YamuxSession server = Server();

        Assert.Equal(YamuxRefusal.WindowExceeded, Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 1, 262_145));
        Assert.Equal(0, server.OpenStreams);
        Assert.Empty(_effects);
    }

    [Fact]
    public void Data_beyond_the_credit_is_refused_on_an_open_stream_too()
    {
        YamuxSession server = Server();
        Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 1, 200_000);

        Assert.Equal(YamuxRefusal.WindowExceeded, Step(server, YamuxFrameType.Data, YamuxFlags.None, 1, 62_145));
    }

    [Fact]
    public void Credit_grows_only_by_what_was_told_to_the_remote()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);
        Step(server, YamuxFrameType.Data, YamuxFlags.None, 1, 262_144);

        server.Consumed(stream, 131_071, default);
        Assert.DoesNotContain(TakeAll(server), f => f.StreamId == 1);
        Assert.Equal(0, stream.ReceiveCredit);
        server.Consumed(stream, 1, default);

        Assert.Contains(new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Ack, 1, 131_072), TakeAll(server));
        Assert.Equal(131_072, stream.ReceiveCredit);
    }

    [Fact]
    public void A_body_of_one_MiB_passes_the_size_limit_and_one_byte_more_does_not()
    {
        YamuxSession server = Server();

        Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.Data, YamuxFlags.None, 77, 1024 * 1024)); // unknown stream: drained
        Assert.Equal(YamuxRefusal.FrameTooLarge, Step(server, YamuxFrameType.Data, YamuxFlags.None, 77, (1024 * 1024) + 1));
        Assert.Equal(YamuxRefusal.FrameTooLarge, Step(server, YamuxFrameType.Data, YamuxFlags.None, 77, uint.MaxValue));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(2u)]
    public void A_stream_id_of_the_wrong_side_is_refused(uint id) =>
        Assert.Equal(YamuxRefusal.StreamId, Step(Server(), YamuxFrameType.WindowUpdate, YamuxFlags.Syn, id, 0));

    [Fact]
    public void Opening_a_stream_twice_is_refused()
    {
        YamuxSession server = Server();
        Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 1, 0);

        Assert.Equal(YamuxRefusal.StreamInUse, Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 1, 0));
    }

    [Fact]
    public void Frames_for_unknown_and_closed_streams_are_drained_and_ignored()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);
        server.Reset(stream);
        TakeAll(server);

        Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.Data, YamuxFlags.None, 1, 500_000));
        Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.Fin, 1, 1));
        Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.Data, YamuxFlags.Rst, 9, 0));
        Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.Ack, 0, 5));

        Assert.Empty(_effects);
        Assert.False(server.HasOutput);
    }

    [Fact]
    public void A_reset_from_the_remote_removes_the_stream_and_sends_nothing()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);
        server.Write(stream, 1000);

        Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.Rst, 1, 0);

        Assert.Equal(YamuxEffectKind.Reset, Assert.Single(_effects).Kind);
        Assert.Equal(0, server.OpenStreams);
        Assert.DoesNotContain(TakeAll(server), f => f.Type == YamuxFrameType.Data);
    }

    [Fact]
    public void A_stream_is_gone_only_when_both_sides_have_ended()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);

        server.CloseWrite(stream);
        Assert.Equal(YamuxFlags.Ack | YamuxFlags.Fin, Take(server).Flags);
        Assert.Equal(1, server.OpenStreams);
        Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.Fin, 1, 0);

        Assert.Equal(0, server.OpenStreams);
    }

    [Fact]
    public void The_end_of_the_remote_comes_after_the_body_of_the_same_frame()
    {
        YamuxSession server = Server();
        Accepted(server);
        YamuxFrame frame = new(YamuxFrameType.Data, YamuxFlags.Fin, 1, 10);

        server.Step(frame, default, _effects);
        Assert.Equal(YamuxEffectKind.Body, Assert.Single(_effects).Kind);
        server.BodyDone(frame, _effects);

        Assert.Equal(YamuxEffectKind.RemoteEnded, _effects[^1].Kind);
    }

    [Fact]
    public void The_end_rides_on_the_last_data()
    {
        YamuxSession client = Client();
        YamuxStreamState stream = Open(client);
        client.Write(stream, 10);
        client.CloseWrite(stream);

        Assert.Equal(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.Syn | YamuxFlags.Fin, 1, 10), Take(client));
        Assert.False(client.HasOutput);
    }

    [Fact]
    public void Data_after_the_end_resets_the_stream_only()
    {
        YamuxSession server = Server();
        Accepted(server);
        Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.Fin, 1, 0);

        Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.Data, YamuxFlags.None, 1, 5));

        Assert.Equal(YamuxEffectKind.Reset, Assert.Single(_effects).Kind);
        Assert.Equal(YamuxRefusal.DataAfterEnd, Assert.Single(_refused));
    }

    [Fact]
    public void Streams_over_the_limit_are_reset_and_the_connection_goes_on()
    {
        YamuxSession server = Server(new YamuxOptions { InboundStreamsMax = 2 });
        Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 1, 0);
        Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 3, 0);

        Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 5, 100));

        Assert.Equal(2, server.OpenStreams);
        Assert.Equal(new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Rst, 5, 0), Take(server));
        Assert.Equal(YamuxRefusal.TooManyStreams, Assert.Single(_refused));
    }

    [Fact]
    public void Streams_that_nobody_accepts_are_bounded_on_their_own()
    {
        YamuxSession server = Server(new YamuxOptions { AckBacklog = 2 });
        Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 1, 0);
        YamuxStreamState first = _effects[0].Stream!;
        Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 3, 0);

        Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 5, 0);
        Assert.Equal(YamuxRefusal.AcceptBacklog, Assert.Single(_refused));
        server.Accept(first);

        Step(server, YamuxFrameType.Data, YamuxFlags.Syn, 7, 0);
        Assert.Single(_refused);
    }

    [Fact]
    public void A_flood_of_refused_streams_closes_instead_of_queueing_answers_without_end()
    {
        YamuxSession server = Server(new YamuxOptions { InboundStreamsMax = 0, ControlBacklog = 10 });
        uint id = 1;
        YamuxRefusal refusal = YamuxRefusal.None;
        int steps = 0;
        while (refusal == YamuxRefusal.None)
        {
            refusal = Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.Syn, id, 0);
            id += 2;
            steps++;
        }

        Assert.Equal(YamuxRefusal.ControlBacklog, refusal);
        Assert.Equal(11, steps);
    }

    [Fact]
    public void A_ping_is_answered_with_its_own_value_and_more_than_ten_a_second_close()
    {
        YamuxSession server = Server();
        for (uint i = 0; i < 10; i++)
        {
            Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.Ping, YamuxFlags.Syn, 0, 0xdead_0000 + i));
            Assert.Equal(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Ack, 0, 0xdead_0000 + i), Take(server));
        }

        Assert.Equal(YamuxRefusal.PingFlood, Step(server, YamuxFrameType.Ping, YamuxFlags.Syn, 0, 1));
    }

    [Fact]
    public void Pings_are_counted_anew_every_second()
    {
        YamuxSession server = Server();
        for (int second = 0; second < 5; second++)
        {
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal(YamuxRefusal.None, server.Step(new YamuxFrame(YamuxFrameType.Ping, YamuxFlags.Syn, 0, 1), TimeSpan.FromSeconds(second), _effects));
                Take(server);
            }
        }
    }

    [Fact]
    public void After_a_good_bye_neither_side_opens_streams()
    {
        YamuxSession server = Server();
        Step(server, YamuxFrameType.GoAway, YamuxFlags.None, 0, 0);
        Assert.Equal(YamuxOpenStatus.GoingAway, server.TryOpen(default, out _));

        YamuxSession leaving = Server();
        leaving.GoAway(YamuxGoAway.Normal);
        leaving.GoAway(YamuxGoAway.Normal);
        Step(leaving, YamuxFrameType.Data, YamuxFlags.Syn, 1, 0);

        Assert.Equal(
            [new YamuxFrame(YamuxFrameType.GoAway, YamuxFlags.None, 0, 0), new YamuxFrame(YamuxFrameType.WindowUpdate, YamuxFlags.Rst, 1, 0)],
            TakeAll(leaving));
    }

    [Fact]
    public void A_good_bye_with_a_code_that_does_not_exist_is_refused()
    {
        Assert.Equal(YamuxRefusal.None, Step(Server(), YamuxFrameType.GoAway, YamuxFlags.None, 0, 2));
        Assert.Equal(YamuxRefusal.GoAwayCode, Step(Server(), YamuxFrameType.GoAway, YamuxFlags.None, 0, 3));
    }

    [Fact]
    public void Credit_near_the_end_of_the_number_range_does_not_overflow()
    {
        YamuxSession server = Server();
        YamuxStreamState stream = Accepted(server);

        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(YamuxRefusal.None, Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.None, 1, uint.MaxValue));
        }

        Assert.Equal(uint.MaxValue, stream.SendCredit);
    }

    [Fact]
    public void Streams_take_turns()
    {
        YamuxSession client = Client();
        YamuxStreamState large = Open(client);
        YamuxStreamState small = Open(client);
        client.Write(large, 200_000);
        client.Write(small, 100);

        Assert.Equal([large.Id, small.Id, large.Id, large.Id, large.Id], TakeAll(client).Select(f => f.StreamId));
    }

    [Fact]
    public void A_cancelled_write_sends_nothing_more()
    {
        YamuxSession client = Client();
        YamuxStreamState stream = Open(client);
        client.Write(stream, 100_000);
        Take(client);

        client.Write(stream, 0);

        Assert.Empty(TakeAll(client));
    }

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

    private YamuxSession Client(YamuxOptions? options = null) => New(true, options);

    private YamuxSession Server(YamuxOptions? options = null) => New(false, options);

    private YamuxSession New(bool client, YamuxOptions? options) =>
        new(client, options ?? s_options, new YamuxBudget(s_options.ProcessBytesMax)) { OnRefused = _refused.Add };

    private YamuxRefusal Step(YamuxSession session, YamuxFrameType type, YamuxFlags flags, uint id, uint length)
    {
        _effects.Clear();
        YamuxFrame frame = new(type, flags, id, length);
        YamuxRefusal refusal = session.Step(frame, default, _effects);
        if (refusal == YamuxRefusal.None)
        {
            session.BodyDone(frame, _effects);
        }

        return refusal;
    }

    private YamuxStreamState Accepted(YamuxSession session, uint id = 1)
    {
        Step(session, YamuxFrameType.WindowUpdate, YamuxFlags.Syn, id, 0);
        YamuxStreamState stream = _effects[0].Stream!;
        session.Accept(stream);
        _effects.Clear();
        return stream;
    }

    private static YamuxStreamState Open(YamuxSession session)
    {
        Assert.Equal(YamuxOpenStatus.Opened, session.TryOpen(default, out YamuxStreamState? stream));
        return stream!;
    }

    // The remote sends half a window, the application reads it.
    private TimeSpan Transfer(YamuxSession session, YamuxStreamState stream, TimeSpan now, TimeSpan takes)
    {
        int count = stream.WindowBytes / 2;
        for (int left = count; left > 0; left -= 131_072)
        {
            Assert.Equal(YamuxRefusal.None, session.Step(new YamuxFrame(YamuxFrameType.Data, YamuxFlags.None, stream.Id, (uint)Math.Min(left, 131_072)), now, _effects));
        }

        session.Consumed(stream, count, now + takes);
        return now + takes;
    }

    private static YamuxFrame Take(YamuxSession session)
    {
        Assert.True(session.TryTakeFrame(65_268, out YamuxFrame frame, out _));
        return frame;
    }

    private static List<YamuxFrame> TakeAll(YamuxSession session)
    {
        List<YamuxFrame> all = [];
        while (session.TryTakeFrame(65_268, out YamuxFrame frame, out _))
        {
            all.Add(frame);
        }

        return all;
    }

    private static long DrainData(YamuxSession session) => TakeAll(session).Where(f => f.Type == YamuxFrameType.Data).Sum(f => f.Length);
}
