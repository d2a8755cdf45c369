using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Negotiation;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Negotiation;

/// <summary>Round trips counted exactly: how often a side had to wait for an answer before it could go on. TCP's own one comes on top.</summary>
public sealed class RoundTripTests
{
    private readonly Lockstep _steps = new();
    private readonly ManualTime _time = new();
    private readonly RelayedConnection _client = new();
    private readonly RelayedConnection _server = new();

    public RoundTripTests()
    {
        _client.Peer = _server;
        _server.Peer = _client;
    }

    [Fact]
    public void From_the_first_byte_to_the_first_answer_of_an_application_are_two_round_trips()
    {
        Task<byte[]> answer = _steps.StartAsync(AskAsync);
        Task served = _steps.StartAsync(() => ServeAsync(new UpgradeOptions()));

        Assert.Equal(2, CountRoundTrips(answer));
        Assert.Equal("answer"u8.ToArray(), Result(answer));
        Assert.False(served.IsFaulted);
    }

    [Fact]
    public void A_listener_without_early_muxers_costs_one_more()
    {
        Task<byte[]> answer = _steps.StartAsync(AskAsync);
        Task served = _steps.StartAsync(() => ServeAsync(new UpgradeOptions { EarlyMuxer = false }));

        Assert.Equal(3, CountRoundTrips(answer));
        Assert.False(served.IsFaulted);
    }

    [Theory]
    [InlineData(false, 64, 16)]
    [InlineData(true, 64, 9)] // two for the handshake, one that asks, 64 MiB in windows of 16, the rest in halves
    public void On_a_long_link_the_window_opens_within_a_few_round_trips(bool askAtOnce, int mebibytes, int roundTripsMax)
    {
        // 256 KiB a round trip would need 256 of them.
        Task<long> received = _steps.StartAsync(() => ReceiveAsync(askAtOnce));
        Task sent = _steps.StartAsync(() => SendAsync(mebibytes * 1024 * 1024));

        int trips = CountRoundTrips(received);

        Assert.Equal(mebibytes * 1024L * 1024, Result(received));
        Assert.InRange(trips, 1, roundTripsMax);
        Assert.False(sent.IsFaulted);
    }

    private static T Result<T>(Task<T> task)
    {
        Assert.True(task.IsCompletedSuccessfully, task.Exception?.ToString());
        return task.GetAwaiter().GetResult();
    }

    private int CountRoundTrips(Task done)
    {
        int trips = 0;
        _steps.RunUntilIdle();
        while (!done.IsCompleted && trips < 20)
        {
            Carry(_client);
            Carry(_server);
            trips++;
        }

        return trips;
    }

    private void Carry(RelayedConnection from)
    {
        from.CarryOver();
        _time.Advance(TimeSpan.FromMilliseconds(31.5));
        _steps.RunUntilIdle();
    }

    private async Task SendAsync(int bytes)
    {
        MuxedConnection connection = await Upgrader(1, new UpgradeOptions()).UpgradeAsync(_client, outbound: true, default, CancellationToken.None);
        MuxedStream stream = await connection.OpenStreamAsync(CancellationToken.None);
        await stream.WriteAsync(new byte[bytes], CancellationToken.None);
        await stream.CloseWriteAsync(CancellationToken.None);
    }

    private async Task<long> ReceiveAsync(bool askAtOnce)
    {
        MuxedConnection connection = await Upgrader(2, new UpgradeOptions()).UpgradeAsync(_server, outbound: false, default, CancellationToken.None);
        MuxedStream? stream = await connection.AcceptStreamAsync(CancellationToken.None);
        if (askAtOnce)
        {
            Assert.True(stream!.TryGrowWindow(16 * 1024 * 1024));
        }

        byte[] buffer = new byte[256 * 1024];
        long total = 0;
        int read;
        while ((read = await stream!.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            total += read;
        }

        return total;
    }

    private async Task<byte[]> AskAsync()
    {
        MuxedConnection connection = await Upgrader(1, new UpgradeOptions())
            .UpgradeAsync(_client, outbound: true, ConnectedPair.KeyOf(2).PublicKey.PeerId, CancellationToken.None);
        NegotiatedStream stream = await StreamNegotiator.NegotiateOutboundAsync(
            await connection.OpenStreamAsync(CancellationToken.None), ["/echo"], CancellationToken.None);
        await stream.Stream.WriteAsync("question"u8.ToArray(), CancellationToken.None);
        return await stream.Stream.ReadExactlyAsync(6);
    }

    private async Task ServeAsync(UpgradeOptions options)
    {
        MuxedConnection connection = await Upgrader(2, options).UpgradeAsync(_server, outbound: false, default, CancellationToken.None);
        MuxedStream? accepted = await connection.AcceptStreamAsync(CancellationToken.None);
        NegotiatedStream? stream = await StreamNegotiator.NegotiateInboundAsync(accepted!, static p => p == "/echo", CancellationToken.None);
        await stream!.Stream.ReadExactlyAsync(8);
        await stream.Stream.WriteAsync("answer"u8.ToArray(), CancellationToken.None);
    }

    private ConnectionUpgrader Upgrader(byte seed, UpgradeOptions options) =>
        new(ConnectedPair.KeyOf(seed), options, _steps, _time, new SeededChance(seed));
}
