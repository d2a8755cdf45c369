using P2P.Transport.Peers;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Peers;

public sealed class AddressRulesTests
{
    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/1", AddressScope.Loopback)]
    [InlineData("/ip4/127.255.255.255/tcp/1", AddressScope.Loopback)]
    [InlineData("/ip4/10.255.0.1/tcp/1", AddressScope.Private)]
    [InlineData("/ip4/11.0.0.1/tcp/1", AddressScope.Public)]
    [InlineData("/ip4/172.16.0.1/tcp/1", AddressScope.Private)]
    [InlineData("/ip4/172.31.255.255/tcp/1", AddressScope.Private)]
    [InlineData("/ip4/172.32.0.1/tcp/1", AddressScope.Public)]
    [InlineData("/ip4/192.168.0.1/tcp/1", AddressScope.Private)]
    [InlineData("/ip4/192.169.0.1/tcp/1", AddressScope.Public)]
    [InlineData("/ip4/169.254.1.1/tcp/1", AddressScope.Private)]
    [InlineData("/ip4/100.64.0.1/tcp/1", AddressScope.Private)]
    [InlineData("/ip4/100.127.255.255/tcp/1", AddressScope.Private)]
    [InlineData("/ip4/100.128.0.1/tcp/1", AddressScope.Public)]
    [InlineData("/ip4/0.0.0.0/tcp/1", AddressScope.None)]
    [InlineData("/ip4/192.0.0.63/tcp/1", AddressScope.None)]
    [InlineData("/ip4/192.0.0.64/tcp/1", AddressScope.Public)]
    [InlineData("/ip4/192.0.2.1/tcp/1", AddressScope.None)]
    [InlineData("/ip4/192.88.99.1/tcp/1", AddressScope.None)]
    [InlineData("/ip4/198.18.0.1/tcp/1", AddressScope.None)]
    [InlineData("/ip4/198.19.255.255/tcp/1", AddressScope.None)]
    [InlineData("/ip4/198.20.0.1/tcp/1", AddressScope.Public)]
    [InlineData("/ip4/198.51.100.1/tcp/1", AddressScope.None)]
    [InlineData("/ip4/203.0.113.1/tcp/1", AddressScope.None)]
    [InlineData("/ip4/224.0.0.1/tcp/1", AddressScope.None)]
    [InlineData("/ip4/255.255.255.255/tcp/1", AddressScope.None)]
    [InlineData("/ip4/8.8.8.8/tcp/1", AddressScope.Public)]
    [InlineData("/ip6/::1/tcp/1", AddressScope.Loopback)]
    [InlineData("/ip6/::/tcp/1", AddressScope.None)]
    [InlineData("/ip6/fc00::1/tcp/1", AddressScope.Private)]
    [InlineData("/ip6/fdff::1/tcp/1", AddressScope.Private)]
    [InlineData("/ip6/fe80::1/tcp/1", AddressScope.Private)]
    [InlineData("/ip6/febf::1/tcp/1", AddressScope.Private)]
    [InlineData("/ip6/fec0::1/tcp/1", AddressScope.None)]
    [InlineData("/ip6zone/eth0/ip6/fe80::1/tcp/1", AddressScope.Private)]
    [InlineData("/ip6/2001:db8::1/tcp/1", AddressScope.None)]
    [InlineData("/ip6/2001:4860::1/tcp/1", AddressScope.Public)]
    [InlineData("/ip6/4000::1/tcp/1", AddressScope.None)]
    [InlineData("/ip6/64:ff9b::102:304/tcp/1", AddressScope.Public)]
    [InlineData("/ip6/64:ff9b:1::1/tcp/1", AddressScope.Public)]
    [InlineData("/ip6/ff02::fb/tcp/1", AddressScope.None)]
    [InlineData("/ip6/::ffff:10.0.0.1/tcp/1", AddressScope.Private)]
    [InlineData("/dns4/example.com/tcp/1", AddressScope.Public)]
    [InlineData("/dns/LOCALHOST/tcp/1", AddressScope.Loopback)]
    [InlineData("/dns/x.localhost/tcp/1", AddressScope.Loopback)]
    [InlineData("/dns/printer.local/tcp/1", AddressScope.Private)]
    [InlineData("/dns/x.home.arpa/tcp/1", AddressScope.Private)]
    [InlineData("/dns/x.test/tcp/1", AddressScope.None)]
    [InlineData("/dns/x.invalid./tcp/1", AddressScope.None)]
    [InlineData("/dns/1.0.0.127.in-addr.arpa/tcp/1", AddressScope.None)]
    [InlineData("/memory/7", AddressScope.Loopback)]
    public void Every_address_class_has_its_scope(string address, AddressScope expected) =>
        Assert.Equal(expected, AddressRules.Classify(Addr(address)));

    [Fact]
    public void A_remote_hears_and_is_believed_only_what_makes_sense_where_it_is()
    {
        List<string> all = ["/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1", "/ip4/8.8.8.8/tcp/1", "/ip4/224.0.0.1/tcp/1"];

        Assert.Equal(all[..3], Kept(AddressScope.Loopback));
        Assert.Equal(all[1..3], Kept(AddressScope.Private));
        Assert.Equal(all[2..3], Kept(AddressScope.Public));
        Assert.Empty(Kept(AddressScope.None));

        IEnumerable<string> Kept(AddressScope remote) => AddressRules.KeepUseful(Addrs([.. all]), remote).Select(a => a.ToString());
    }
}
