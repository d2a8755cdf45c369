using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Peers;
using P2P.Transport.Tcp;
using P2P.Transport.Tests.Connections;
using P2P.Transport.Tests.Peers;

namespace P2P.Transport.Tests.Tcp;

/// <summary>No name leaves the machine: the resolver is the test's.</summary>
public sealed class DnsAddrTransportTests
{
    private static readonly TransportRuntime s_runtime = new(SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);

    private readonly List<string> _asked = [];
    private readonly Dictionary<string, string[]> _zone = [];

    [Theory]
    [InlineData("/dnsaddr/boot.example", true)]
    [InlineData("/dnsaddr/boot.example/p2p/12D3KooWGK3sTWnaAzQJ9jLyNfi5mbQ5RVfRpq1DsYQWVJbZ2ssz", true)]
    [InlineData("/dnsaddr/boot.example/tcp/1", false)]
    [InlineData("/dns4/boot.example/tcp/1", false)]
    [InlineData("/ip4/127.0.0.1/tcp/1", false)]
    public void It_handles_names_of_lists(string address, bool handled) => Assert.Equal(handled, Transport(new TcpTransport()).CanHandle(Multiaddr.Parse(address)));

    [Fact]
    public async Task Of_a_list_of_several_peers_those_of_the_wanted_one_are_tried_also_where_a_list_names_another_list()
    {
        (PeerId wanted, PeerId other) = (TestPeers.Id(1), TestPeers.Id(2));
        await using ITransportListener listener = await new TcpTransport().ListenAsync(Multiaddr.Parse("/ip4/127.0.0.1/tcp/0"), CancellationToken.None);
        Assert.True(listener.Address.TryGetTcp(out IPEndPoint? at));
        _zone["_dnsaddr.boot.example"] =
        [
            "v=spf1 -all", "dnsaddr=nonsense", $"dnsaddr=/ip4/127.0.0.9/tcp/9/p2p/{other}", $"dnsaddr=/ip4/127.0.0.1/udp/9/quic-v1/p2p/{wanted}",
            "dnsaddr=/ip4/127.0.0.9/tcp/8", $"dnsaddr=/dnsaddr/eu.boot.example/p2p/{wanted}", $"dnsaddr=/dnsaddr/us.boot.example/p2p/{other}",
        ];
        _zone["_dnsaddr.eu.boot.example"] = [$"dnsaddr=/ip4/127.0.0.2/tcp/{at!.Port}/p2p/{wanted}", $"dnsaddr={listener.Address}/p2p/{wanted}"];
        WrappedTransport tcp = new(new TcpTransport());

        await using RawConnection connection = await Transport(tcp).DialAsync(Multiaddr.Parse($"/dnsaddr/boot.example/p2p/{wanted}"), CancellationToken.None);

        Assert.Equal(listener.Address, connection.RemoteAddress);
        Assert.Equal(["_dnsaddr.boot.example", "_dnsaddr.eu.boot.example"], _asked);
        Assert.Equal(2, tcp.Dials); // nobody listens on the first, and nothing of others was tried
    }

    [Fact]
    public async Task Lists_that_name_each_other_end_and_what_lists_nothing_is_unreachable_and_named()
    {
        for (int i = 0; i < 100; i++)
        {
            _zone[$"_dnsaddr.{i}.example"] = [$"dnsaddr=/dnsaddr/{i + 1}.example", "dnsaddr=/dnsaddr/0.example"];
        }

        foreach (string start in (string[])["/dnsaddr/0.example", "/dnsaddr/empty.example"])
        {
            TransportException error = await Assert.ThrowsAsync<TransportException>(
                async () => await Transport(new TcpTransport()).DialAsync(Multiaddr.Parse(start), CancellationToken.None));
            Assert.Equal(TransportError.Unreachable, error.Error);
            Assert.Contains(start, error.Message, StringComparison.Ordinal);
        }

        Assert.Equal([.. Enumerable.Range(0, 8).Select(static i => $"_dnsaddr.{i}.example"), "_dnsaddr.empty.example"], _asked);
        await Assert.ThrowsAsync<TransportException>(async () => await Transport(new TcpTransport()).ListenAsync(Multiaddr.Parse("/dnsaddr/0.example"), CancellationToken.None));
    }

    [Fact]
    public async Task A_list_that_a_person_gave_is_looked_up_for_the_wanted_peer_and_one_that_others_tell_is_not()
    {
        await using TestNode there = await TestNode.StartAsync(2, null);
        await using TestNode stranger = await TestNode.StartAsync(3, null);
        await using TestNode here = await TestNode.StartAsync(1, null, wrap: Transport, listen: string.Empty);
        _zone["_dnsaddr.boot.example"] = [$"dnsaddr={stranger.Address}", $"dnsaddr={there.Address}"];
        Multiaddr list = Multiaddr.Parse("/dnsaddr/boot.example");

        here.Network.AddAddresses(there.Id, [list], AddressSource.SignedRecord);
        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => here.Network.ConnectAsync(there.Id, here.Watchdog));
        Assert.Equal(TransportError.UnsupportedAddress, refused.Error);
        Assert.Empty(_asked);

        Assert.Equal(there.Id, await here.Network.DialAsync(list.WithPeer(there.Id), here.Watchdog));
        Assert.Equal(there.Id, Assert.Single(here.Network.ConnectedPeers));
        Assert.Single(_asked);
    }

    private DnsAddrTransport Transport(ITransport tcp) => new([tcp], s_runtime, (name, _) =>
    {
        _asked.Add(name);
        return Task.FromResult<IReadOnlyList<string>>(_zone.GetValueOrDefault(name, []));
    });
}
