using P2P.Core.Multiformats;
using P2P.Dht.Routing;

namespace P2P.Dht.Tests.Routing;

public sealed class AddressRulesTests
{
    [Theory]
    [InlineData("/ip4/192.168.1.5/tcp/4001", true, true)]
    [InlineData("/ip4/10.0.0.1/tcp/4001/ws", true, true)]
    [InlineData("/ip6/fd00::1/tcp/4001", true, true)]
    [InlineData("/dns4/host.local/tcp/4001", true, true)]
    [InlineData("/ip4/203.0.113.9/udp/4001/quic-v1", true, true)]
    [InlineData("/ip4/127.0.0.1/tcp/4001", false, true)]
    [InlineData("/ip4/127.9.9.9/tcp/4001", false, true)]
    [InlineData("/ip6/::1/tcp/4001", false, true)]
    [InlineData("/memory/5", false, true)]
    [InlineData("/ip4/0.0.0.0/tcp/4001", false, false)]
    [InlineData("/ip6/::/tcp/4001", false, false)]
    public void Private_addresses_stay_loopback_only_by_the_switch_and_unspecified_never(string text, bool onLan, bool onOneMachine)
    {
        Multiaddr address = Multiaddr.Parse(text);
        Assert.Equal(onLan ? [address] : [], new AddressRules(allowLoopback: false).Keep(Ids.Peer(1), [address]));
        Assert.Equal(onOneMachine ? [address] : [], new AddressRules(allowLoopback: true).Keep(Ids.Peer(1), [address]));
    }

    [Theory]
    [InlineData("/ip4/1.2.3.4/tcp/4001", true)]
    [InlineData("/ip6/2600::1/tcp/4001", true)]
    [InlineData("/ip4/192.168.1.5/tcp/4001", false)]
    [InlineData("/ip6/fd00::1/tcp/4001", false)]
    [InlineData("/ip4/127.0.0.1/tcp/4001", false)]
    [InlineData("/ip4/0.0.0.0/tcp/4001", false)]
    public void In_the_open_net_only_public_addresses_are_told_and_believed(string text, bool isKept)
    {
        Multiaddr address = Multiaddr.Parse(text);
        Assert.Equal(isKept ? [address] : [], new AddressRules(allowLoopback: false, allowPrivate: false).Keep(Ids.Peer(1), [address]));
    }

    [Fact]
    public void An_address_that_ends_in_another_peer_is_dropped_and_our_own_suffix_is_cut()
    {
        Multiaddr plain = Ids.Address(1);
        AddressRules rules = new(allowLoopback: false);
        Assert.Equal([plain], rules.Keep(Ids.Peer(1), [plain.WithPeer(Ids.Peer(1)), plain]));
        Assert.Empty(rules.Keep(Ids.Peer(1), [plain.WithPeer(Ids.Peer(2))]));
    }

    [Fact]
    public void At_most_eight_addresses_are_kept()
    {
        Multiaddr[] many = [.. Enumerable.Range(1, 9).Select(Ids.Address)];
        Assert.Equal(many.Take(8), new AddressRules(allowLoopback: false).Keep(Ids.Peer(1), many));
    }

    [Fact]
    public void Only_public_addresses_have_groups()
    {
        static int Count(params string[] texts) => AddressRules.GroupsOf([.. texts.Select(Multiaddr.Parse)]).Count;
        Assert.Equal(0, Count("/ip4/10.1.2.3/tcp/1", "/ip4/172.16.0.1/tcp/1", "/ip4/192.168.0.1/tcp/1", "/ip4/100.64.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1", "/ip6/fd00::1/tcp/1", "/ip6/fe80::1/tcp/1"));
        Assert.Equal(1, Count("/ip4/200.1.2.3/tcp/1", "/ip4/200.1.9.9/tcp/2"));
        Assert.Equal(2, Count("/ip4/200.1.2.3/tcp/1", "/ip4/200.2.2.3/tcp/1"));
        Assert.Equal(1, Count("/ip4/8.1.2.3/tcp/1", "/ip4/8.200.2.3/tcp/1")); // legacy class A
        Assert.Equal(1, Count("/ip6/2a00:1:2::1/tcp/1", "/ip6/2a00:1:3::1/tcp/1"));
    }
}
