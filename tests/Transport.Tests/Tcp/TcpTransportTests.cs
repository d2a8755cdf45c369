using System.Net;
using System.Net.Sockets;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;
using P2P.Transport.Tcp;
using P2P.Transport.Tests.Yamux;

namespace P2P.Transport.Tests.Tcp;

public sealed class TcpTransportTests
{
    private static readonly Multiaddr s_any = Multiaddr.Parse("/ip4/127.0.0.1/tcp/0");

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/1", true)]
    [InlineData("/ip6/::1/tcp/1", true)]
    [InlineData("/ip4/127.0.0.1/udp/1", false)]
    [InlineData("/memory/1", false)]
    public void It_handles_tcp_addresses_only(string address, bool handled) =>
        Assert.Equal(handled, new TcpTransport().CanHandle(Multiaddr.Parse(address)));

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/0")]
    [InlineData("/ip6/::1/tcp/0")]
    public async Task Bytes_travel_and_both_ends_know_the_addresses(string address)
    {
        (RawConnection dialled, RawConnection accepted) = await PairAsync(Multiaddr.Parse(address));
        Assert.Equal(dialled.LocalAddress, accepted.RemoteAddress);
        Assert.Equal(dialled.RemoteAddress, accepted.LocalAddress);

        await dialled.WriteAsync("hello"u8.ToArray(), CancellationToken.None);
        await dialled.CloseWriteAsync(CancellationToken.None);

        Assert.Equal("hello"u8.ToArray(), await ReadToEndAsync(accepted));
        await accepted.WriteAsync("still open"u8.ToArray(), CancellationToken.None);
        await accepted.DisposeAsync();
        Assert.Equal("still open"u8.ToArray(), await ReadToEndAsync(dialled));
        await dialled.DisposeAsync();
    }

    [Fact]
    public async Task A_port_in_use_is_said_so_with_what_to_do()
    {
        TcpTransport transport = new();
        await using ITransportListener first = await transport.ListenAsync(s_any, CancellationToken.None);

        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await transport.ListenAsync(first.Address, CancellationToken.None));

        Assert.Equal(TransportError.AddressInUse, e.Error);
        Assert.Contains("is used by another program", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_cannot_be_listened_on()
    {
        TransportException e = await Assert.ThrowsAsync<TransportException>(
            async () => await new TcpTransport().ListenAsync(Multiaddr.Parse("/ip4/192.0.2.1/tcp/0"), CancellationToken.None));

        Assert.Equal(TransportError.UnsupportedAddress, e.Error);
    }

    [Fact]
    public async Task Both_families_can_share_a_port_number()
    {
        TcpTransport transport = new();
        await using ITransportListener four = await transport.ListenAsync(Multiaddr.Parse($"/ip4/0.0.0.0/tcp/{TestSupport.Ports.Free()}"), CancellationToken.None);
        Assert.True(four.Address.TryGetTcp(out IPEndPoint? endPoint));

        await using ITransportListener six = await transport.ListenAsync(Multiaddr.Parse($"/ip6/::/tcp/{endPoint!.Port}"), CancellationToken.None);

        Assert.True(six.Address.TryGetTcp(out IPEndPoint? other));
        Assert.Equal(endPoint.Port, other!.Port);
    }

    [Fact]
    public async Task Dialling_where_nobody_listens_is_unreachable()
    {
        Multiaddr address = Multiaddr.Parse($"/ip4/127.0.0.1/tcp/{TestSupport.Ports.Free()}");
        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await new TcpTransport().DialAsync(address, CancellationToken.None));
        Assert.Equal(TransportError.Unreachable, e.Error);
    }

    [Fact]
    public async Task Disposing_a_listener_ends_the_waiting_accept_with_null()
    {
        ITransportListener listener = await new TcpTransport().ListenAsync(s_any, CancellationToken.None);
        Task<RawConnection?> accepting = listener.AcceptAsync(CancellationToken.None).AsTask();

        await listener.DisposeAsync();

        Assert.Null(await accepting);
        Assert.Null(await listener.AcceptAsync(CancellationToken.None));
    }

    [Fact]
    public async Task An_abort_fails_pending_reads_and_may_be_repeated()
    {
        (RawConnection dialled, RawConnection accepted) = await PairAsync(s_any);
        Task<int> reading = dialled.ReadAsync(new byte[1], CancellationToken.None).AsTask();

        dialled.Abort();
        dialled.Abort();

        TransportException e = await Assert.ThrowsAsync<TransportException>(() => reading);
        Assert.Equal(TransportError.ConnectionClosed, e.Error);
        await dialled.DisposeAsync();
        await accepted.DisposeAsync();
    }

    [Fact]
    public async Task The_socket_does_not_wait_to_fill_packets()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        RawConnection connection = await new TcpTransport().DialAsync(Multiaddr.FromTcp((IPEndPoint)listener.LocalEndPoint!), CancellationToken.None);

        Assert.True(((TcpConnection)connection).NoDelay);
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task A_whole_upgraded_connection_carries_large_transfers_both_ways_over_tcp()
    {
        await using UpgradedPair pair = await UpgradedPair.StartAsync();
        MuxedStream client = await pair.Client.OpenStreamAsync(CancellationToken.None);
        byte[] sent = StreamIo.Pattern(20_000_000);
        Task writing = WriteAllAsync(client, sent);
        MuxedStream? server = await pair.Server.AcceptStreamAsync(CancellationToken.None);
        Task back = WriteAllAsync(server!, sent);

        Task<byte[]> there = server!.ReadToEndAsync();
        Assert.Equal(sent, await client.ReadToEndAsync());
        Assert.Equal(sent, await there);
        await Task.WhenAll(writing, back);
    }

    [Fact]
    public async Task Hundreds_of_connections_can_be_made_and_closed_without_a_trace()
    {
        TcpTransport transport = new();
        await using ITransportListener listener = await transport.ListenAsync(s_any, CancellationToken.None);
        ConnectionUpgrader client = UpgradedPair.Upgrader(1);
        ConnectionUpgrader server = UpgradedPair.Upgrader(2);
        for (int i = 0; i < 150; i++)
        {
            await using UpgradedPair pair = await UpgradedPair.ConnectAsync(transport, listener, client, server);
            MuxedStream stream = await pair.Client.OpenStreamAsync(CancellationToken.None);
            await stream.WriteAsync(new byte[10], CancellationToken.None);
            Assert.NotNull(await pair.Server.AcceptStreamAsync(CancellationToken.None));
        }

        Assert.Equal(0, client.BufferedBytes);
        Assert.Equal(0, server.BufferedBytes);
        Assert.Null(server.Budget.Largest());
    }

    private static async Task WriteAllAsync(MuxedStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes, CancellationToken.None);
        await stream.CloseWriteAsync(CancellationToken.None);
    }

    private static async Task<(RawConnection Dialled, RawConnection Accepted)> PairAsync(Multiaddr address)
    {
        TcpTransport transport = new();
        await using ITransportListener listener = await transport.ListenAsync(address, CancellationToken.None);
        RawConnection dialled = await transport.DialAsync(listener.Address, CancellationToken.None);
        return (dialled, (await listener.AcceptAsync(CancellationToken.None))!);
    }

    private static async Task<byte[]> ReadToEndAsync(RawConnection connection)
    {
        List<byte> all = [];
        byte[] buffer = new byte[100];
        int read;
        while ((read = await connection.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            all.AddRange(buffer[..read]);
        }

        return [.. all];
    }
}
