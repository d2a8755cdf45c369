using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Yamux;

public sealed class YamuxSessionTests : YamuxSessionFixture
{
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
    public void Streams_that_come_and_go_leave_no_more_behind_than_a_full_connection_may_say()
    {
        YamuxSession server = Server();
        YamuxRefusal refusal = YamuxRefusal.None;
        int opened = 0;
        for (uint id = 1; refusal == YamuxRefusal.None && opened < 100_000; id += 2)
        {
            refusal = Step(server, YamuxFrameType.WindowUpdate, YamuxFlags.Syn, id, 0);
            if (refusal == YamuxRefusal.None)
            {
                // Served and given up by us, while nothing we say is read.
                YamuxStreamState stream = _effects[0].Stream!;
                server.Accept(stream);
                server.Announce(stream);
                server.Reset(stream);
                opened++;
            }
        }

        Assert.Equal(YamuxRefusal.ControlBacklog, refusal);
        Assert.InRange(opened, 512, s_options.ControlBacklog + (3 * 512));
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
}
