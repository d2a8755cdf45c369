using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Tests.Connections;

public sealed class ListenAddressesTests
{
    private static readonly Multiaddr s_public = Multiaddr.Parse("/ip4/1.2.3.4/tcp/4001");
    private static readonly Multiaddr s_private = Multiaddr.Parse("/ip4/192.168.1.20/tcp/4001");
    private static readonly Multiaddr s_loopback = Multiaddr.Parse("/ip4/127.0.0.1/tcp/4001");

    [Fact]
    public void Private_addresses_are_listened_on_and_told_only_when_they_may_be()
    {
        ListenAddresses all = new([s_public], advertisesPrivate: true);
        ListenAddresses some = new([s_public], advertisesPrivate: false);
        all.Bind([s_loopback, s_private]);
        some.Bind([s_loopback, s_private]);

        Assert.Equal([s_public, s_private, s_loopback], all.Current);
        Assert.Equal(all.Current, all.Advertised);
        Assert.Equal(all.Current, some.Current);
        Assert.Equal([s_public], some.Advertised);
    }
}
