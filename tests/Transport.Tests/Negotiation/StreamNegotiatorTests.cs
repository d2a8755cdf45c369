using P2P.Transport.Connections;
using P2P.Transport.Negotiation;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Negotiation;

public sealed class StreamNegotiatorTests
{
    [Fact]
    public async Task With_one_candidate_the_first_write_goes_out_without_waiting_for_anybody()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        MuxedStream opened = await pair.Client.OpenStreamAsync(CancellationToken.None);
        NegotiatedStream client = await StreamNegotiator.NegotiateOutboundAsync(opened, ["/x"], CancellationToken.None);

        // The listener has not even accepted: this completes from our side alone.
        await client.Stream.WriteAsync("question"u8.ToArray(), CancellationToken.None);
        NegotiatedStream? server = await AcceptAsync(pair, "/x");

        Assert.Equal("/x", client.Protocol);
        Assert.Equal("/x", server!.Protocol);
        Assert.Equal("question"u8.ToArray(), await server.Stream.ReadExactlyAsync(8));
        await server.Stream.WriteAsync("answer"u8.ToArray(), CancellationToken.None);
        Assert.Equal("answer"u8.ToArray(), await client.Stream.ReadExactlyAsync(6));
    }

    [Fact]
    public async Task A_stream_whose_owner_only_reads_still_sends_its_proposal()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        NegotiatedStream client = await OutboundAsync(pair, "/x");

        Task<byte[]> reading = client.Stream.ReadExactlyAsync(5);
        NegotiatedStream? server = await AcceptAsync(pair, "/x");
        await server!.Stream.WriteAsync("hello"u8.ToArray(), CancellationToken.None);

        Assert.Equal("hello"u8.ToArray(), await reading);
    }

    [Fact]
    public async Task A_stream_that_is_closed_without_a_word_still_sends_its_proposal()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        NegotiatedStream client = await OutboundAsync(pair, "/x");

        await client.Stream.CloseWriteAsync(CancellationToken.None);
        NegotiatedStream? server = await AcceptAsync(pair, "/x");

        Assert.Empty(await server!.Stream.ReadToEndAsync());
    }

    [Fact]
    public async Task Reader_and_writer_may_both_be_first()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        NegotiatedStream client = await OutboundAsync(pair, "/x");

        Task<byte[]> reading = client.Stream.ReadExactlyAsync(3);
        await client.Stream.WriteAsync("abc"u8.ToArray(), CancellationToken.None);
        NegotiatedStream? server = await AcceptAsync(pair, "/x");
        await server!.Stream.WriteAsync(await server.Stream.ReadExactlyAsync(3), CancellationToken.None);

        Assert.Equal("abc"u8.ToArray(), await reading);
    }

    [Fact]
    public async Task A_refusal_shows_on_the_first_read()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        NegotiatedStream client = await OutboundAsync(pair, "/unknown");
        await client.Stream.WriteAsync("data"u8.ToArray(), CancellationToken.None);
        Task<NegotiatedStream?> refused = AcceptAsync(pair, "/x");

        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await client.Stream.ReadAsync(new byte[1], CancellationToken.None));

        Assert.Equal(TransportError.ProtocolNotSupported, e.Error);
        Assert.Null(await refused);
    }

    [Fact]
    public async Task With_several_candidates_the_first_common_one_is_taken()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        MuxedStream opened = await pair.Client.OpenStreamAsync(CancellationToken.None);
        Task<NegotiatedStream> outbound = StreamNegotiator.NegotiateOutboundAsync(opened, ["/new", "/old"], CancellationToken.None).AsTask();

        NegotiatedStream? server = await AcceptAsync(pair, "/old");

        Assert.Equal("/old", (await outbound).Protocol);
        Assert.Equal("/old", server!.Protocol);
    }

    [Fact]
    public async Task With_several_candidates_and_none_common_negotiating_fails()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        MuxedStream opened = await pair.Client.OpenStreamAsync(CancellationToken.None);
        Task<NegotiatedStream> outbound = StreamNegotiator.NegotiateOutboundAsync(opened, ["/a", "/b"], CancellationToken.None).AsTask();
        Task<NegotiatedStream?> inbound = AcceptAsync(pair, "/x");

        TransportException e = await Assert.ThrowsAsync<TransportException>(() => outbound);
        Assert.Equal(TransportError.ProtocolNotSupported, e.Error);
        Assert.Null(await inbound);
    }

    [Fact]
    public async Task A_remote_that_breaks_the_rules_gives_null_and_a_reset()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        MuxedStream raw = await pair.Client.OpenStreamAsync(CancellationToken.None);
        await raw.WriteAsync("\x05hello"u8.ToArray(), CancellationToken.None);

        Assert.Null(await AcceptAsync(pair, "/x"));
        await Assert.ThrowsAsync<TransportException>(async () => await raw.ReadAsync(new byte[1], CancellationToken.None));
    }

    [Fact]
    public async Task Data_and_end_in_the_first_flight_all_arrive()
    {
        await using ConnectedPair pair = await ConnectedPair.StartAsync();
        NegotiatedStream client = await OutboundAsync(pair, "/x");
        byte[] sent = StreamIo.Pattern(100_000);

        await client.Stream.WriteAsync(sent, CancellationToken.None);
        await client.Stream.DisposeAsync();
        NegotiatedStream? server = await AcceptAsync(pair, "/x");

        Assert.Equal(sent, await server!.Stream.ReadToEndAsync());
    }

    private static async Task<NegotiatedStream> OutboundAsync(ConnectedPair pair, string protocol) =>
        await StreamNegotiator.NegotiateOutboundAsync(await pair.Client.OpenStreamAsync(CancellationToken.None), [protocol], CancellationToken.None);

    private static async Task<NegotiatedStream?> AcceptAsync(ConnectedPair pair, string supported)
    {
        MuxedStream? stream = await pair.Server.AcceptStreamAsync(CancellationToken.None);
        return await StreamNegotiator.NegotiateInboundAsync(stream!, p => p == supported, CancellationToken.None);
    }
}
