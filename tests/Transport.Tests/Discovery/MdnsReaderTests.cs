using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Discovery;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Discovery;

public sealed class MdnsReaderTests
{
    private const string Service = "_p2p._udp.local";
    private static readonly PeerId s_peer = Id(1);
    private static readonly string s_tcp = $"dnsaddr=/ip4/192.168.1.20/tcp/4001/p2p/{Id(1)}";
    private static readonly string s_quic = $"dnsaddr=/ip4/192.168.1.20/udp/4001/quic-v1/p2p/{Id(1)}";

    [Fact]
    public void The_go_shape_is_understood_one_text_record_with_many_strings_beside_srv_and_a()
    {
        const string instance = "8wo3knmcabtejo5d0qnxh4wvuoeb2kqlsqjz";
        byte[] packet = new DnsBytes().Header(0, 0x8400, 0, 1, 0, 3)
            .Ptr(Service, $"{instance}.{Service}", ttl: 3200)
            .Srv($"{instance}.{Service}", $"{instance}.local", 4001)
            .Txt($"{instance}.{Service}", s_tcp, s_quic)
            .Record($"{instance}.local", 1, 120, [192, 168, 1, 20])
            .ToArray();

        MdnsCandidate found = Assert.Single(Read(packet).Candidates);

        Assert.Equal(s_peer, found.Peer);
        Assert.Equal(["/ip4/192.168.1.20/tcp/4001", "/ip4/192.168.1.20/udp/4001/quic-v1"], found.Addresses.Select(a => a.ToString()));
    }

    [Fact]
    public void The_rust_shape_is_understood_a_bare_name_without_the_service_and_texts_in_the_additionals()
    {
        const string bare = "sqpyvhqtlm7pcsxnlswizk3mbevcwxnuisc3";
        byte[] packet = new DnsBytes().Header(0x1234, 0x8400, 0, 1, 0, 2)
            .Ptr(Service, bare, ttl: 360)
            .Txt(bare, 360, [s_tcp])
            .Txt(bare, 360, [s_quic])
            .ToArray();

        MdnsMessage message = Read(packet);

        Assert.Equal(0x1234, message.Id);
        Assert.Equal(2, Assert.Single(message.Candidates).Addresses.Count);
    }

    [Fact]
    public void The_js_shape_is_understood_everything_in_the_answers()
    {
        const string instance = "ue3gafxzcqhqrmlnfx8whf3cwmkwqmsk";
        byte[] packet = new DnsBytes().Header(0, 0x8400, 0, 3, 0, 0)
            .Ptr(Service, $"{instance}.{Service}")
            .Txt($"{instance}.{Service}", s_tcp)
            .Txt($"{instance}.{Service}", s_quic)
            .ToArray();

        Assert.Equal(2, Assert.Single(Read(packet).Candidates).Addresses.Count);
    }

    [Fact]
    public void Compressed_names_and_other_cases_of_letters_are_the_same_names()
    {
        DnsBytes bytes = new DnsBytes().Header(0, 0x8400, 0, 1, 0, 1);
        bytes.Name("_P2P._udp.LOCAL").U16(12).U16(1).U32(120).U16(4);
        int instanceAt = bytes.Position;
        bytes.Raw(1, (byte)'X', 0xC0, 12); // x._p2p._udp.local, its end by pointer
        bytes.Raw(0xC0, (byte)instanceAt).U16(16).U16(0x8001).U32(120).U16(s_tcp.Length + 1).Raw((byte)s_tcp.Length).Raw(System.Text.Encoding.ASCII.GetBytes(s_tcp));

        Assert.Equal(s_peer, Assert.Single(Read(bytes.ToArray()).Candidates).Peer);
    }

    [Fact]
    public void Texts_of_other_services_and_goodbyes_are_not_peers()
    {
        byte[] other = new DnsBytes().Header(0, 0x8400, 0, 2, 0, 0)
            .Ptr("_http._tcp.local", "x._http._tcp.local").Txt("x._http._tcp.local", s_tcp).ToArray();
        byte[] goodbye = new DnsBytes().Header(0, 0x8400, 0, 2, 0, 0)
            .Ptr(Service, $"x.{Service}", ttl: 0).Txt($"x.{Service}", 0, [s_tcp]).ToArray();
        byte[] query = new DnsBytes().Header(0, 0x0000, 0, 2, 0, 0)
            .Ptr(Service, $"x.{Service}").Txt($"x.{Service}", s_tcp).ToArray();

        Assert.Empty(Read(other).Candidates);
        Assert.Empty(Read(goodbye).Candidates);
        Assert.Empty(Read(query).Candidates); // known answers inside a query are somebody else's memory
    }

    [Fact]
    public void Strings_without_a_peer_id_or_of_unknown_kinds_are_skipped_and_the_rest_is_taken()
    {
        byte[] packet = new DnsBytes().Header(0, 0x8400, 0, 1, 0, 1)
            .Ptr(Service, $"x.{Service}")
            .Txt($"x.{Service}", "txtvers=1", "dnsaddr=/ip4/1.2.3.4/tcp/1", "dnsaddr=garbage", string.Empty, $"dnsaddr=/p2p/{s_peer}", s_tcp)
            .ToArray();

        Assert.Equal("/ip4/192.168.1.20/tcp/4001", Assert.Single(Assert.Single(Read(packet).Candidates).Addresses).ToString());
    }

    [Fact]
    public void Addresses_per_peer_and_peers_per_packet_are_capped()
    {
        string[] many = [.. Enumerable.Range(1, 40).Select(i => $"dnsaddr=/ip4/10.0.0.{i}/tcp/1/p2p/{s_peer}")];
        byte[] one = new DnsBytes().Header(0, 0x8400, 0, 1, 0, 1).Ptr(Service, $"x.{Service}").Txt($"x.{Service}", many).ToArray();
        string[] peers = [.. Enumerable.Range(1, 20).Select(i => $"dnsaddr=/ip4/10.0.0.1/tcp/1/p2p/{Id(i)}")];
        byte[] several = new DnsBytes().Header(0, 0x8400, 0, 1, 0, 1).Ptr(Service, $"x.{Service}").Txt($"x.{Service}", peers).ToArray();

        Assert.Equal(16, Assert.Single(Read(one).Candidates).Addresses.Count);
        Assert.Equal(MdnsReader.CandidatesMax, Read(several).Candidates.Count);
    }

    [Theory]
    [InlineData("_p2p._udp.local", 12, true, false)]
    [InlineData("_P2P._UDP.Local", 12, true, false)]
    [InlineData("_p2p._udp.local", 255, true, false)]
    [InlineData("_p2p._udp.local", 1, false, false)]
    [InlineData("_services._dns-sd._udp.local", 12, false, true)]
    [InlineData("_http._tcp.local", 12, false, false)]
    [InlineData("me._p2p._udp.local", 33, true, false)]
    [InlineData("you._p2p._udp.local", 33, false, false)]
    public void Questions_that_concern_us_are_recognised(string name, int type, bool peers, bool services)
    {
        MdnsMessage message = Read(new DnsBytes().Header(7, 0, 1, 0, 0, 0).Question(name, type, 0x8001).ToArray());

        Assert.Equal((peers, services), (message.AsksForPeers, message.AsksForServices));
        Assert.False(message.IsResponse);
    }

    [Fact]
    public void Malformed_packets_are_refused_by_name()
    {
        Assert.Equal(MdnsStatus.TooShort, Status(new byte[11]));
        Assert.Equal(MdnsStatus.OtherOperation, Status(new DnsBytes().Header(0, 0x2800, 0, 0, 0, 0).ToArray()));
        Assert.Equal(MdnsStatus.TooManyRecords, Status(new DnsBytes().Header(0, 0x8400, 0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF).ToArray()));
        Assert.Equal(MdnsStatus.Malformed, Status(new DnsBytes().Header(0, 0, 1, 0, 0, 0).ToArray()));
        Assert.Equal(MdnsStatus.Malformed, Status(new DnsBytes().Header(0, 0x8400, 0, 1, 0, 0).Name(Service).U16(16).U16(1).U32(1).U16(5).Raw(1, 2).ToArray()));
        Assert.Equal(MdnsStatus.Malformed, Status(new DnsBytes().Header(0, 0, 1, 0, 0, 0).Raw(0x41, 1, 0, 0, 0, 0, 0).ToArray())); // reserved label type
    }

    [Fact]
    public void Names_that_point_to_themselves_forwards_or_in_a_long_chain_are_refused()
    {
        byte[] self = new DnsBytes().Header(0, 0, 1, 0, 0, 0).Raw(0xC0, 12).U16(12).U16(1).ToArray();
        byte[] forwards = new DnsBytes().Header(0, 0, 1, 0, 0, 0).Raw(0xC0, 14, 0).U16(12).U16(1).ToArray();
        DnsBytes chain = new DnsBytes().Header(0, 0, 2, 0, 0, 0).Raw(0);
        for (int at = 12; at < 60; at = chain.Position - 2)
        {
            chain.Raw(0xC0, (byte)at);
        }

        Assert.Equal(MdnsStatus.Malformed, Status(self));
        Assert.Equal(MdnsStatus.Malformed, Status(forwards));
        int position = chain.Position - 2;
        Assert.False(DnsName.TryRead(chain.ToArray(), ref position, new byte[DnsName.BytesMax], out _));
    }

    [Fact]
    public void A_name_of_255_bytes_is_read_and_one_of_256_is_refused()
    {
        byte[] good = DnsBytes.NameBytes(string.Join('.', new string('a', 63), new string('a', 63), new string('a', 63), new string('a', 61)));
        byte[] bad = DnsBytes.NameBytes(string.Join('.', new string('a', 63), new string('a', 63), new string('a', 63), new string('a', 62)));
        int at = 0;
        Assert.Equal(255, good.Length);
        Assert.True(DnsName.TryRead(good, ref at, new byte[DnsName.BytesMax], out int length));
        Assert.Equal((255, 255), (length, at));
        at = 0;
        Assert.False(DnsName.TryRead(bad, ref at, new byte[DnsName.BytesMax], out _));
    }

    [Fact]
    public void No_bytes_make_the_reader_throw_and_no_cut_of_a_good_packet_yields_more_than_the_whole()
    {
        const ulong seed = 20_26;
        SeededChance chance = new(seed);
        byte[] good = new DnsBytes().Header(0, 0x8400, 1, 1, 0, 2).Question(Service, 12)
            .Ptr(Service, $"x.{Service}").Txt($"x.{Service}", s_tcp, s_quic).Srv($"x.{Service}", "x.local", 1).ToArray();
        MdnsMessage message = new();
        for (int i = 0; i < 5_000; i++)
        {
            byte[] packet = [.. good];
            for (int flips = chance.Below(8); flips >= 0; flips--)
            {
                packet[chance.Below(packet.Length)] = (byte)chance.Below(256);
            }

            MdnsReader.TryRead(packet.AsSpan(0, chance.Below(packet.Length + 1)), "\u0002me"u8, 16, message);
            Assert.True(message.Candidates.Count <= MdnsReader.CandidatesMax);
        }

        for (int cut = 0; cut < good.Length; cut++)
        {
            Assert.NotEqual(MdnsStatus.Done, MdnsReader.TryRead(good.AsSpan(0, cut), [], 16, message));
        }
    }

    private static MdnsMessage Read(byte[] packet)
    {
        MdnsMessage message = new();
        Assert.Equal(MdnsStatus.Done, MdnsReader.TryRead(packet, DnsBytes.NameBytes($"me.{Service}"), 16, message));
        return message;
    }

    private static MdnsStatus Status(byte[] packet) => MdnsReader.TryRead(packet, [], 16, new MdnsMessage());
}
