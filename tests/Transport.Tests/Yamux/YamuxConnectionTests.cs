using P2P.Transport.Connections;
using P2P.Transport.Yamux;

namespace P2P.Transport.Tests.Yamux;

public sealed class YamuxConnectionTests
{
    [Fact]
    public async Task Both_sides_know_who_the_other_is()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();

        Assert.Equal(ConnectedPair.KeyOf(2).PublicKey.PeerId, pair.Client.RemotePeer);
        Assert.Equal(ConnectedPair.KeyOf(1).PublicKey.PeerId, pair.Server.RemotePeer);
        Assert.True(pair.Client.Outbound);
        Assert.False(pair.Server.Outbound);
    }

    [Fact]
    public async Task Bytes_arrive_in_order_in_both_directions()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();
        byte[] sent = StreamIo.Pattern(3_000_000);

        Task writing = client.WriteAsync(sent, CancellationToken.None).AsTask();
        Assert.Equal(sent, await server.ReadExactlyAsync(sent.Length));
        await writing;
        await server.WriteAsync("back"u8.ToArray(), CancellationToken.None);

        Assert.Equal("back"u8.ToArray(), await client.ReadExactlyAsync(4));
    }

    [Fact]
    public async Task Without_muxers_in_the_handshake_they_are_negotiated_by_multistream()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync(new UpgradeOptions { EarlyMuxer = false }, new UpgradeOptions());

        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();
        await client.WriteAsync("x"u8.ToArray(), CancellationToken.None);

        Assert.Equal("x"u8.ToArray(), await server.ReadExactlyAsync(1));
    }

    [Fact]
    public async Task Half_closing_ends_one_direction_only()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();

        await client.WriteAsync("ask"u8.ToArray(), CancellationToken.None);
        await client.CloseWriteAsync(CancellationToken.None);
        Assert.Equal("ask"u8.ToArray(), await server.ReadToEndAsync());
        await server.WriteAsync("answer"u8.ToArray(), CancellationToken.None);
        await server.CloseWriteAsync(CancellationToken.None);

        Assert.Equal("answer"u8.ToArray(), await client.ReadToEndAsync());
        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await client.WriteAsync(new byte[1], CancellationToken.None));
        Assert.Equal(TransportError.StreamReset, e.Error);
    }

    [Fact]
    public async Task A_reset_fails_the_other_side_and_frees_its_memory()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();
        await client.WriteAsync(new byte[100_000], CancellationToken.None);

        client.Abort();

        TransportException e = await Assert.ThrowsAsync<TransportException>(async () =>
        {
            while (true)
            {
                await server.ReadAsync(new byte[10], CancellationToken.None);
            }
        });
        Assert.Equal(TransportError.StreamReset, e.Error);
        Assert.Equal(0, pair.ServerUpgrader.BufferedBytes);
    }

    [Fact]
    public async Task A_stalled_stream_does_not_delay_another()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (MuxedStream stalled, MuxedStream unread) = await pair.StreamAsync();
        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();

        using CancellationTokenSource stop = new();
        Task stuck = stalled.WriteAsync(new byte[1_000_000], stop.Token).AsTask(); // nobody reads: it stops at the window
        byte[] sent = StreamIo.Pattern(2_000_000);
        Task writing = client.WriteAsync(sent, CancellationToken.None).AsTask();
        Assert.Equal(sent, await server.ReadExactlyAsync(sent.Length));
        await writing;

        Assert.False(stuck.IsCompleted);
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stuck);
        unread.Abort();
    }

    [Fact]
    public async Task Many_streams_at_once_all_get_their_own_bytes()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        Task echo = EchoAllAsync(pair.Server);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => AskAsync(pair.Client, i)));

        await pair.Client.DisposeAsync();
        await echo;
        Assert.Equal(0, pair.ClientUpgrader.BufferedBytes);
        Assert.Equal(0, pair.ServerUpgrader.BufferedBytes);
    }

    [Fact]
    public async Task Opening_more_streams_than_the_limit_is_refused_by_name()
    {
        YamuxOptions yamux = new() { OutboundStreamsMax = 3, AckBacklog = 3 };
        await using ConnectedPair pair = await ConnectedPair.StartAsync(new UpgradeOptions { Yamux = yamux });
        for (int i = 0; i < 3; i++)
        {
            await pair.Client.OpenStreamAsync(CancellationToken.None);
        }

        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await pair.Client.OpenStreamAsync(CancellationToken.None));

        Assert.Equal(TransportError.LimitReached, e.Error);
        Assert.Contains("OutboundStreamsMax = 3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Opening_waits_while_too_many_streams_are_unacknowledged()
    {
        YamuxOptions yamux = new() { AckBacklog = 2 };
        await using ConnectedPair pair = await ConnectedPair.StartAsync(new UpgradeOptions { Yamux = yamux });
        MuxedStream first = await pair.Client.OpenStreamAsync(CancellationToken.None);
        await pair.Client.OpenStreamAsync(CancellationToken.None);
        await first.WriteAsync(new byte[1], CancellationToken.None);

        Task<MuxedStream> third = pair.Client.OpenStreamAsync(CancellationToken.None).AsTask();
        Assert.False(third.IsCompleted);
        MuxedStream? accepted = await pair.Server.AcceptStreamAsync(CancellationToken.None);
        await accepted!.WriteAsync(new byte[1], CancellationToken.None); // carries the ACK

        Assert.NotNull(await third);
    }

    [Fact]
    public async Task Closing_tells_the_other_side_and_ends_both()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (_, MuxedStream server) = await pair.StreamAsync();

        await pair.Client.DisposeAsync();

        await pair.Server.Closed;
        Assert.Null(await pair.Server.AcceptStreamAsync(CancellationToken.None));
        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await server.ReadAsync(new byte[1], CancellationToken.None));
        Assert.Equal(TransportError.ConnectionClosed, e.Error);
        await Assert.ThrowsAsync<TransportException>(async () => await pair.Server.OpenStreamAsync(CancellationToken.None));
    }

    [Fact]
    public async Task What_was_written_before_a_close_can_still_be_read()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();
        byte[] sent = StreamIo.Pattern(200_000);

        await client.WriteAsync(sent, CancellationToken.None);
        await client.CloseWriteAsync(CancellationToken.None);
        await pair.Client.DisposeAsync();

        Assert.Equal(sent, await server.ReadToEndAsync());
        await pair.Server.Closed;
    }

    [Fact]
    public async Task An_abort_fails_everything_at_once()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();
        Task<int> reading = server.ReadAsync(new byte[1], CancellationToken.None).AsTask();

        pair.Client.Abort();
        pair.Client.Abort();

        await pair.Client.Closed;
        await pair.Server.Closed;
        await Assert.ThrowsAsync<TransportException>(() => reading);
        await Assert.ThrowsAsync<TransportException>(async () => await client.WriteAsync(new byte[1], CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_read_consumes_nothing()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();
        using CancellationTokenSource stop = new();
        Task<int> reading = server.ReadAsync(new byte[5], stop.Token).AsTask();

        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await client.WriteAsync("hello"u8.ToArray(), CancellationToken.None);

        Assert.Equal("hello"u8.ToArray(), await server.ReadExactlyAsync(5));
    }

    [Fact]
    public async Task A_disposed_stream_whose_remote_never_ends_is_reset_after_the_linger_time()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        (MuxedStream client, MuxedStream server) = await pair.StreamAsync();

        await server.DisposeAsync();
        Assert.Equal(0, await client.ReadAsync(new byte[1], CancellationToken.None));
        await client.WriteAsync(new byte[10], CancellationToken.None); // dropped, no reset yet
        pair.Time.Advance(TimeSpan.FromSeconds(6));

        await Assert.ThrowsAsync<TransportException>(() => WriteForEverAsync(client));
        Assert.Equal(1, pair.ServerUpgrader.RefusalsOf(YamuxRefusal.Lingered));
        Assert.Equal(0, pair.Server.OpenStreams);
    }

    private static async Task WriteForEverAsync(MuxedStream stream)
    {
        while (true)
        {
            await stream.WriteAsync(new byte[50_000], CancellationToken.None);
        }
    }

    private static async Task AskAsync(MuxedConnection connection, int seed)
    {
        await using MuxedStream stream = await connection.OpenStreamAsync(CancellationToken.None);
        byte[] sent = StreamIo.Pattern(20_000 + seed, seed);
        Task writing = WriteAllAsync(stream, sent);
        Assert.Equal(sent, await stream.ReadToEndAsync());
        await writing;
    }

    private static async Task WriteAllAsync(MuxedStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes, CancellationToken.None);
        await stream.CloseWriteAsync(CancellationToken.None);
    }

    private static async Task EchoAllAsync(MuxedConnection connection)
    {
        List<Task> served = [];
        while (await connection.AcceptStreamAsync(CancellationToken.None) is MuxedStream stream)
        {
            served.Add(EchoAsync(stream));
        }

        await Task.WhenAll(served);
    }

    private static async Task EchoAsync(MuxedStream stream)
    {
        await using (stream)
        {
            byte[] buffer = new byte[8192];
            int read;
            while ((read = await stream.ReadAsync(buffer, CancellationToken.None)) > 0)
            {
                await stream.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
            }
        }
    }
}
