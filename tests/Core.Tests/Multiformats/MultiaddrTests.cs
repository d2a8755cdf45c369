using System.Net;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Core.Tests.Multiformats;

public sealed class MultiaddrTests
{
    private const string Peer = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";
    private const string Rsa = "QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC";

    [Theory]
    [InlineData("/ip4/127.0.0.1/tcp/4001", "047f000001060fa1")]
    [InlineData("/ip6/::1/udp/0", "290000000000000000000000000000000191020000")]
    [InlineData("/ip6zone/eth0/ip6/fe80::1/tcp/80", "2a046574683029fe800000000000000000000000000001060050")]
    [InlineData("/ip4/10.0.0.0/ipcidr/8", "040a0000002b08")]
    [InlineData("/dns/example.org/tcp/443/tls/ws", "350b6578616d706c652e6f72670601bbc003dd03")]
    [InlineData("/dns4/a/tcp/443/wss", "3601610601bbde03")]
    [InlineData("/dns6/a", "370161")]
    [InlineData("/dnsaddr/a", "380161")]
    [InlineData("/ip4/1.2.3.4/udp/1/quic-v1/webtransport", "0401020304910200 01cd03d103")]
    [InlineData("/unix/a/b", "9003042f612f62")]
    [InlineData("/unix/a//b/", "9003062f612f2f622f")]
    [InlineData("/memory/18446744073709551615", "8906ffffffffffffffff")]
    [InlineData("/dns/a/tcp/1/tls/sni/b/http/http-path/x%2Fy%20z", "3501610600 01c003c1030162e003e10305782f79207a")]
    [InlineData("/webrtc-direct", "9802")]
    [InlineData("/webrtc", "9902")]
    [InlineData("/noise", "c603")]
    [InlineData("/quic", "cc03")]
    [InlineData("/https", "bb03")]
    [InlineData("/p2p-circuit", "a202")]
    public void Text_and_bytes_agree_both_ways(string text, string hex)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", string.Empty, StringComparison.Ordinal));
        Assert.True(Multiaddr.TryParse(text, out Multiaddr? parsed));
        Assert.Equal(bytes, parsed!.Bytes.ToArray());
        Assert.True(Multiaddr.TryRead(bytes, out Multiaddr? read));
        Assert.Equal(text, read!.ToString());
        Assert.Equal(parsed, read);
        Assert.Equal(parsed.GetHashCode(), read.GetHashCode());
    }

    [Theory]
    [InlineData("/ip6/0:0:0:0:0:0:0:1/tcp/1/", "/ip6/::1/tcp/1")]
    [InlineData("/ip6/FE80::1", "/ip6/fe80::1")]
    [InlineData("/ipfs/" + Rsa, "/p2p/" + Rsa)]
    [InlineData("/p2p/" + Peer, "/p2p/" + Peer)]
    [InlineData("/http-path/a%2fb", "/http-path/a%2Fb")]
    [InlineData("/certhash/f1220ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "/certhash/uEiC6eBa_jwHP6kFBQN5driIjsANho5YXepy0EP9h8gAVrQ")]
    public void Other_spellings_become_the_canonical_one(string text, string canonical) =>
        Assert.Equal(canonical, Multiaddr.Parse(text).ToString());

    [Fact]
    public void A_peer_id_may_be_written_as_a_cid()
    {
        PeerId peer = PeerId.Parse(Peer);
        Assert.True(Multihash.TryRead(peer.Bytes, out Multihash hash, out _));
        string cid = Cid.V1(Cid.Libp2pKeyCodec, hash).ToString();
        Assert.Equal("/p2p/" + Peer, Multiaddr.Parse("/p2p/" + cid).ToString());
        Assert.False(Multiaddr.TryParse("/p2p/" + Cid.V1(Cid.RawCodec, hash), out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("ip4/1.2.3.4")]
    [InlineData("/ip4")]
    [InlineData("/ip4/")]
    [InlineData("/ip4/1.2.3")]
    [InlineData("/ip4/01.2.3.4")]
    [InlineData("/ip4/0x1.2.3.4")]
    [InlineData("/ip4/1.2.3.256")]
    [InlineData("/ip4/::1")]
    [InlineData("/ip6/1.2.3.4")]
    [InlineData("/ip6/[::1]")]
    [InlineData("/ip6/::1%1")]
    [InlineData("/tcp/65536")]
    [InlineData("/tcp/-1")]
    [InlineData("/tcp/+1")]
    [InlineData("/tcp/01")]
    [InlineData("/tcp/1//tcp/1")]
    [InlineData("/tcp/1//")]
    [InlineData("/ipcidr/129")]
    [InlineData("/memory/18446744073709551616")]
    [InlineData("/dns/")]
    [InlineData("/dns/a b")]
    [InlineData("/unix")]
    [InlineData("/unix/")]
    [InlineData("/p2p/xyz")]
    [InlineData("/p2p/")]
    [InlineData("/certhash/uAA!")]
    [InlineData("/http-path/%2")]
    [InlineData("/http-path/%zz")]
    [InlineData("/http-path/%ff")]
    [InlineData("/nothing")]
    public void Wrong_text_is_refused(string text)
    {
        Assert.False(Multiaddr.TryParse(text, out Multiaddr? value));
        Assert.Null(value);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused() => Assert.False(Multiaddr.TryParse("/dns/\ud800", out _)); // xunit mangles it in InlineData

    [Theory]
    [InlineData("")]
    [InlineData("047f0000")]
    [InlineData("84007f000001")] // code not minimal
    [InlineData("06")]
    [InlineData("2b81")]
    [InlineData("3500")]
    [InlineData("35022f61")]
    [InlineData("35ffffffff7f61")]
    [InlineData("35ffffffffffffffff7f61")]
    [InlineData("3502c328")] // not UTF-8
    [InlineData("90030161")] // unix without a slash
    [InlineData("9003022f61c603")] // unix, then something
    [InlineData("a50300")]
    [InlineData("a503021101")]
    [InlineData("ffffffff0f")]
    [InlineData("7f")]
    public void Wrong_bytes_are_refused(string hex)
    {
        Assert.False(Multiaddr.TryRead(Convert.FromHexString(hex), out Multiaddr? value));
        Assert.Null(value);
    }

    [Fact]
    public void Length_is_bounded()
    {
        byte[] most = [.. Enumerable.Repeat(new byte[] { 0xc6, 0x03 }, Multiaddr.BytesMax / 2).SelectMany(b => b)];
        Assert.True(Multiaddr.TryRead(most, out Multiaddr? address));
        Assert.Equal(512, address!.Components.Count);
        Assert.False(Multiaddr.TryRead([.. most, 0xc6, 0x03], out _));
        Assert.False(Multiaddr.TryParse(string.Concat(Enumerable.Repeat("/noise", 513)), out _));
    }

    [Fact]
    public void End_points_go_in_and_out()
    {
        IPEndPoint four = new(IPAddress.Parse("10.1.2.3"), 4001);
        IPEndPoint scoped = new(IPAddress.Parse("fe80::1%7"), 1);
        Assert.Equal("/ip4/10.1.2.3/tcp/4001", Multiaddr.FromTcp(four).ToString());
        Assert.Equal("/ip4/10.1.2.3/tcp/4001", Multiaddr.FromTcp(new IPEndPoint(four.Address.MapToIPv6(), 4001)).ToString());
        Assert.Equal("/ip6zone/7/ip6/fe80::1/tcp/1", Multiaddr.FromTcp(scoped).ToString());

        Assert.True(Multiaddr.FromTcp(scoped).TryGetTcp(out IPEndPoint? back));
        Assert.Equal(scoped, back);
        Assert.True(Multiaddr.FromTcp(four).WithPeer(PeerId.Parse(Peer)).TryGetTcp(out back));
        Assert.Equal(four, back);
        Assert.False(Multiaddr.Parse("/ip4/1.2.3.4/tcp/1/ws").TryGetTcp(out _));
        Assert.False(Multiaddr.Parse("/dns/a/tcp/1").TryGetTcp(out _));
        Assert.False(Multiaddr.Parse("/ip4/1.2.3.4/tcp/1/p2p/" + Peer + "/p2p-circuit").TryGetTcp(out _));
    }

    [Fact]
    public void Memory_numbers_go_in_and_out()
    {
        Multiaddr address = Multiaddr.FromMemory(42);
        Assert.True(address.WithPeer(PeerId.Parse(Peer)).TryGetMemory(out ulong number));
        Assert.Equal(42UL, number);
        Assert.False(Multiaddr.Parse("/tcp/1").TryGetMemory(out _));
    }

    [Fact]
    public void The_peer_at_the_end_is_added_replaced_and_removed()
    {
        Multiaddr bare = Multiaddr.Parse("/ip4/1.2.3.4/tcp/1");
        Multiaddr full = bare.WithPeer(PeerId.Parse(Peer));
        Assert.True(bare.PeerId.IsNone);
        Assert.Equal("/ip4/1.2.3.4/tcp/1/p2p/" + Peer, full.ToString());
        Assert.Equal(PeerId.Parse(Peer), full.PeerId);
        Assert.Same(full, full.WithPeer(PeerId.Parse(Peer)));
        Assert.Equal("/ip4/1.2.3.4/tcp/1/p2p/" + Rsa, full.WithPeer(PeerId.Parse(Rsa)).ToString());
        Assert.Equal(bare, full.WithoutPeer());
        Assert.Same(bare, bare.WithoutPeer());

        Multiaddr relayed = Multiaddr.Parse($"/ip4/1.2.3.4/tcp/1/p2p/{Rsa}/p2p-circuit");
        Assert.Equal($"/ip4/1.2.3.4/tcp/1/p2p/{Rsa}/p2p-circuit/p2p/{Peer}", relayed.WithPeer(PeerId.Parse(Peer)).ToString());
        Assert.Equal(PeerId.Parse(Peer), relayed.WithPeer(PeerId.Parse(Peer)).PeerId);
    }

    [Fact]
    public void Random_bytes_never_throw_and_what_is_read_survives_text()
    {
        Random random = new(7);
        byte[] codes = [4, 6, 41, 42, 43, 53, 0x91, 0xa5, 0x90, 0xc6, 0xe1, 0x89, 3, 2, 6];
        int read = 0;
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = new byte[random.Next(1, 40)];
            random.NextBytes(bytes);
            for (int j = 0; j < bytes.Length; j += random.Next(1, 8))
            {
                bytes[j] = codes[random.Next(codes.Length)];
            }

            if (Multiaddr.TryRead(bytes, out Multiaddr? address))
            {
                read++;
                Assert.True(Multiaddr.TryParse(address!.ToString(), out Multiaddr? back), address.ToString());
                Assert.Equal(address, back);
            }
        }

        Assert.True(read > 50, $"only {read}");
    }
}
