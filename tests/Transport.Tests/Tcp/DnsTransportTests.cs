using System.Net;
using System.Net.Sockets;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;
using P2P.Transport.Peers;
using P2P.Transport.Tcp;
using P2P.Transport.Tests.Connections;

namespace P2P.Transport.Tests.Tcp;

/// <summary>No name leaves the machine: the resolver is the test's.</summary>
public sealed class DnsTransportTests
{
    private readonly List<(string Host, AddressFamily Family)> _asked = [];

    [Theory]
    [InlineData("/dns/boot.example/tcp/1", true)]
    [InlineData("/dns4/boot.example/tcp/1", true)]
    [InlineData("/dns6/boot.example/tcp/1/p2p/12D3KooWGK3sTWnaAzQJ9jLyNfi5mbQ5RVfRpq1DsYQWVJbZ2ssz", true)]
    [InlineData("/dnsaddr/boot.example", false)]
    [InlineData("/dns4/boot.example/udp/1", false)]
    [InlineData("/dns4/boot.example/tcp/1/ws", false)]
    [InlineData("/ip4/127.0.0.1/tcp/1", false)]
    public void It_handles_names_with_a_TCP_port(string address, bool handled) =>
        Assert.Equal(handled, Transport().CanHandle(Multiaddr.Parse(address)));

    [Fact]
    public async Task Addresses_are_tried_in_order_until_one_answers()
    {
        await using ITransportListener listener = await new TcpTransport().ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), CancellationToken.None);
        Assert.True(listener.Address.TryGetTcp(out IPEndPoint? at));
        DnsTransport transport = Transport(IPAddress.Parse("127.0.0.2"), IPAddress.Loopback); // nobody listens on the first

        RawConnection connection = await transport.DialAsync(Multiaddr.Parse($"/dns4/boot.example/tcp/{at!.Port}"), CancellationToken.None);

        Assert.Equal(listener.Address, connection.RemoteAddress);
        Assert.Equal(("boot.example", AddressFamily.InterNetwork), Assert.Single(_asked));
        await connection.DisposeAsync();
    }

    [Fact]
    public async Task An_unknown_name_and_one_without_addresses_are_unreachable_and_named()
    {
        DnsTransport unknown = new(new TcpTransport(), static (_, _, _) => throw new SocketException((int)SocketError.HostNotFound));
        DnsTransport refused = new(new TcpTransport(), static (_, _, _) => throw new ArgumentException("no name to ask for, such as 0.0.0.0"));
        foreach (DnsTransport transport in (DnsTransport[])[unknown, refused, Transport()])
        {
            TransportException error = await Assert.ThrowsAsync<TransportException>(
                async () => await transport.DialAsync(Multiaddr.Parse("/dns/boot.example/tcp/1"), CancellationToken.None));
            Assert.Equal(TransportError.Unreachable, error.Error);
            Assert.Contains("boot.example", error.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<TransportException>(async () => await unknown.ListenAsync(Multiaddr.Parse("/dns/boot.example/tcp/1"), CancellationToken.None));
    }

    [Fact]
    public async Task A_name_that_a_person_gave_is_looked_up_and_one_that_others_tell_is_not()
    {
        await using TestNode there = await TestNode.StartAsync(2, null);
        await using TestNode here = await TestNode.StartAsync(1, null, wrap: _ => Transport(IPAddress.Loopback), listen: string.Empty);
        Assert.True(there.Network.ListenAddresses[0].TryGetTcp(out IPEndPoint? at));
        Multiaddr named = Multiaddr.Parse($"/dns4/boot.example/tcp/{at!.Port}");

        here.Network.AddAddresses(there.Id, [named], AddressSource.SignedRecord);
        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => here.Network.ConnectAsync(there.Id, here.Watchdog));
        Assert.Equal(TransportError.UnsupportedAddress, refused.Error);
        Assert.Empty(_asked);

        here.Network.AddAddresses(there.Id, [named], AddressSource.Manual);
        await here.Network.ConnectAsync(there.Id, here.Watchdog);
        Assert.Equal(there.Id, Assert.Single(here.Network.ConnectedPeers));
        Assert.Single(_asked);
    }

    private DnsTransport Transport(params IPAddress[] found) => new(new TcpTransport(), (host, family, _) =>
    {
        _asked.Add((host, family));
        return Task.FromResult(found);
    });
}
