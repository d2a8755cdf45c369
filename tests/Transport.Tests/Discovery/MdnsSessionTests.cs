using System.Net;
using System.Net.Sockets;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Discovery;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Discovery;

public sealed class MdnsSessionTests
{
    private const string Service = "_p2p._udp.local";
    private static readonly IPEndPoint s_neighbour = new(IPAddress.Parse("192.168.1.30"), 5353);
    private static readonly MdnsLink s_lan = Link(2, "eth0", "192.168.1.20", 24);
    private static readonly MdnsLink s_lo = Link(1, "lo", "127.0.0.1", 8) with { IsLoopback = true };
    private readonly MdnsSession _session = new(Id(1), new MdnsOptions(), new SeededChance(1));
    private readonly List<MdnsEffect> _effects = [];

    [Fact]
    public void A_new_link_is_queried_and_announced_on_at_once_and_the_schedule_widens()
    {
        _session.Update([s_lan], Addrs("/ip4/192.168.1.20/tcp/4001"), TimeSpan.Zero);
        List<(double At, bool Query)> sent = [];
        for (int step = 0; step < 12; step++)
        {
            TimeSpan now = _session.NextDue!.Value;
            _session.Tick(now, _effects);
            sent.AddRange(_effects.Select(e => (Math.Round(now.TotalSeconds, 1), (e.Packet.Span[2] & 0x80) == 0)));
            _effects.Clear();
        }

        Assert.Equal([0, 1, 3], sent.Where(s => s.Query).Take(3).Select(s => s.At));
        Assert.All(sent.Where(s => s.Query).Skip(3).Zip(sent.Where(s => s.Query).Skip(2)), p => Assert.InRange(p.First.At - p.Second.At, 8.9, 10.1));
        Assert.Equal([0, 1], sent.Where(s => !s.Query).Select(s => s.At)); // twice: one packet may be lost
    }

    [Fact]
    public void A_change_of_addresses_is_announced_and_no_change_is_not()
    {
        Settle(s_lan, "/ip4/192.168.1.20/tcp/4001");

        _session.Update([s_lan], Addrs("/ip4/192.168.1.20/tcp/4001"), Seconds(100));
        Assert.True(_session.NextDue > Seconds(0));
        _session.Update([s_lan], Addrs("/ip4/192.168.1.20/tcp/9"), Seconds(100));
        _session.Tick(Seconds(100), _effects);

        Assert.Contains(_effects, e => e.Kind == MdnsEffectKind.Multicast && Names(e, "/ip4/192.168.1.20/tcp/9"));
    }

    [Fact]
    public void Many_questions_get_one_answer_a_second_and_the_last_one_is_not_forgotten()
    {
        Settle(s_lan, "/ip4/192.168.1.20/tcp/4001");
        int answers = 0;
        for (int ms = 0; ms < 5_000; ms += 10)
        {
            TimeSpan now = Seconds(100) + TimeSpan.FromMilliseconds(ms);
            _session.Receive(s_lan.Key, s_neighbour, MdnsWriter.Query(), now, _effects);
            _session.Tick(now, _effects);
            answers += _effects.Count(IsAnswer);
            _effects.Clear();
        }

        _session.Tick(Seconds(107), _effects);

        Assert.InRange(answers, 4, 5);
        Assert.Equal(1, _effects.Count(IsAnswer));
    }

    [Fact]
    public void A_legacy_query_is_answered_by_unicast_with_id_and_question_and_only_four_at_once()
    {
        Settle(s_lan, "/ip4/192.168.1.20/tcp/4001");
        IPEndPoint resolver = new(IPAddress.Parse("192.168.1.30"), 40_000);
        byte[] query = MdnsWriter.Query();
        (query[0], query[1]) = (0x12, 0x34);
        for (int i = 0; i < 10; i++)
        {
            _session.Receive(s_lan.Key, resolver, query, Seconds(200), _effects);
        }

        Assert.Equal(4, _effects.Count);
        Assert.Equal(6, _session.Statistics.Refusals[MdnsRefusal.AnswerRate]);
        Assert.All(_effects, e => Assert.Equal((MdnsEffectKind.Unicast, resolver), (e.Kind, e.Target)));
        byte[] answer = _effects[0].Packet.ToArray();
        Assert.Equal([0x12, 0x34], answer[..2]);
        Assert.Equal(query[12..], answer[12..query.Length]);
    }

    [Fact]
    public void Our_answer_holds_ptr_text_srv_and_addresses_in_one_packet_without_cache_flush()
    {
        MdnsSelf self = new(Id(1), new string('a', 32), Addrs("/ip4/192.168.1.20/tcp/4001", "/ip6/fd00::1/tcp/4001"), TimeSpan.FromMinutes(2));

        byte[] packet = Assert.Single(MdnsWriter.Answers(self, null, 1472));

        Assert.True(packet.Length <= 1472);
        Assert.Equal([0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 4], packet[..12]);
        List<(int Type, int Class)> records = Records(packet);
        Assert.Equal([12, 33, 16, 1, 28], records.Select(r => r.Type));
        Assert.All(records, r => Assert.Equal(1, r.Class));
        MdnsMessage message = new();
        Assert.Equal(MdnsStatus.Done, MdnsReader.TryRead(packet, [], 16, message));
        Assert.Equal(2, Assert.Single(message.Candidates).Addresses.Count);
    }

    [Fact]
    public void More_addresses_than_fit_go_into_more_packets_of_at_most_1472_bytes_each_complete()
    {
        List<Multiaddr> many = [.. Enumerable.Range(1, 60).Select(i => Addr($"/ip4/192.168.1.20/tcp/{10_000 + i}"))];
        MdnsSelf self = new(Id(1), new string('a', 32), many, TimeSpan.FromMinutes(2));

        List<byte[]> packets = MdnsWriter.Answers(self, 5, 1472);

        Assert.True(packets.Count > 1);
        Assert.All(packets, p => Assert.True(p.Length <= 1472));
        Assert.All(packets, p => Assert.Equal([12, 33, 16, 1], Records(p).Select(r => r.Type)));
        HashSet<Multiaddr> heard = [];
        foreach (byte[] packet in packets)
        {
            MdnsMessage message = new();
            MdnsReader.TryRead(packet, [], 64, message);
            heard.UnionWith(message.Candidates[0].Addresses);
        }

        Assert.Equal(60, heard.Count);
    }

    [Fact]
    public void Each_interface_hears_the_addresses_that_work_there_and_no_web_or_relay_kinds()
    {
        List<Multiaddr> own = Addrs("/ip4/127.0.0.1/tcp/1", "/ip4/192.168.1.20/tcp/2", "/ip4/192.168.1.20/tcp/3/ws", "/ip4/10.9.9.9/tcp/4", "/memory/5");

        Assert.Equal(["/ip4/192.168.1.20/tcp/2"], MdnsAddresses.ForLink(own, s_lan).Select(a => a.ToString()));
        Assert.Equal(["/ip4/127.0.0.1/tcp/1"], MdnsAddresses.ForLink(own, s_lo).Select(a => a.ToString()));
    }

    [Fact]
    public void Ourselves_are_counted_and_ignored()
    {
        Settle(s_lan, "/ip4/192.168.1.20/tcp/4001");

        Hear(1, Seconds(100), "/ip4/192.168.1.20/tcp/4001");

        Assert.Empty(_effects);
        Assert.Equal(1, _session.Statistics.OwnAnswersHeard);
        Assert.Equal(0, _session.Statistics.ForeignAnswersHeard);
    }

    [Fact]
    public void A_peer_is_reported_when_new_when_changed_and_again_after_a_while()
    {
        Settle(s_lan);

        Assert.Single(Hear(2, Seconds(100), "/ip4/192.168.1.30/tcp/1"));
        Assert.Empty(Hear(2, Seconds(110), "/ip4/192.168.1.30/tcp/1"));
        Assert.Single(Hear(2, Seconds(112), "/ip4/192.168.1.30/tcp/2"));
        Assert.Empty(Hear(2, Seconds(112.5), "/ip4/192.168.1.30/tcp/3")); // changing faster than once a second
        Assert.Single(Hear(2, Seconds(142), "/ip4/192.168.1.30/tcp/2"));
    }

    [Fact]
    public void A_thousand_forged_answers_a_second_make_at_most_64_candidates_a_minute_and_never_more_than_the_cap()
    {
        Settle(s_lan);
        int found = 0;
        for (int i = 0; i < 3_000; i++)
        {
            found += Hear(10 + i, Seconds(100 + (i / 1000.0)), "/ip4/192.168.1.30/tcp/1").Count;
        }

        Assert.Equal(64, found);
        Assert.Equal(64, _session.Candidates.Count);
        Assert.Equal(2_936, _session.Statistics.Refusals[MdnsRefusal.CandidateRate]);
    }

    [Fact]
    public void Senders_that_are_not_on_the_link_are_not_heard()
    {
        Settle(s_lan);
        byte[] forged = Answer(2, "/ip4/192.168.1.30/tcp/1");

        _session.Receive(s_lan.Key, new IPEndPoint(IPAddress.Parse("203.0.113.9"), 5353), forged, Seconds(100), _effects);
        _session.Receive(s_lan.Key, new IPEndPoint(IPAddress.Parse("192.168.2.30"), 5353), forged, Seconds(100), _effects);

        Assert.Empty(_effects);
        Assert.Equal(2, _session.Statistics.Refusals[MdnsRefusal.OffLink]);
    }

    [Fact]
    public void A_neighbour_cannot_make_us_dial_the_world_or_ourselves()
    {
        Settle(s_lan);

        Assert.Empty(Hear(2, Seconds(100), "/ip4/8.8.8.8/tcp/53", "/ip4/127.0.0.1/tcp/22", "/dns4/victim.example/tcp/80", "/ip4/224.0.0.1/tcp/1"));
        Assert.Equal(1, _session.Statistics.Refusals[MdnsRefusal.NoUsableAddress]);
        Assert.Equal("/ip4/192.168.1.30/tcp/1", Assert.Single(Assert.Single(Hear(3, Seconds(101), "/ip4/8.8.8.8/tcp/53", "/ip4/192.168.1.30/tcp/1")).Addresses).ToString());
    }

    [Theory]
    [InlineData("/ip6/2a01:5::30/tcp/4001", true)]
    [InlineData("/ip6/2a01:6::30/tcp/4001", false)]
    public void A_public_address_told_from_a_link_local_one_is_believed_of_a_neighbour_only(string address, bool believed)
    {
        MdnsLink lan6 = new(2, "eth0", AddressFamily.InterNetworkV6, false, [new MdnsLinkAddress(IPAddress.Parse("2a01:5::20"), 64)]);

        bool answer = MdnsAddresses.IsBelievable(Multiaddr.Parse(address), lan6, IPAddress.Parse("fe80::30"));

        Assert.Equal(believed, answer);
    }

    [Fact]
    public void Packets_that_are_too_long_or_malformed_are_counted_by_reason()
    {
        Settle(s_lan);

        _session.Receive(s_lan.Key, s_neighbour, new byte[9_001], Seconds(100), _effects);
        _session.Receive(s_lan.Key, s_neighbour, new byte[3], Seconds(100), _effects);

        Assert.Equal((1, 1), (_session.Statistics.Refusals[MdnsRefusal.TooLong], _session.Statistics.Refusals[MdnsRefusal.Malformed]));
    }

    [Fact]
    public void Who_asks_for_service_types_is_told_ours()
    {
        Settle(s_lan, "/ip4/192.168.1.20/tcp/4001");
        byte[] query = new DnsBytes().Header(0, 0, 1, 0, 0, 0).Question("_services._dns-sd._udp.local", 12).ToArray();

        _session.Receive(s_lan.Key, s_neighbour, query, Seconds(100), _effects);
        _session.Tick(Seconds(101), _effects);

        byte[] expected = new DnsBytes().Header(0, 0x8400, 0, 1, 0, 0).Ptr("_services._dns-sd._udp.local", Service).ToArray();
        Assert.Contains(_effects, e => e.Packet.Span.SequenceEqual(expected));
    }

    [Fact]
    public void The_instance_label_is_random_and_says_nothing_about_the_peer()
    {
        string label = _session.Label;

        Assert.InRange(label.Length, 32, 63);
        Assert.All(label, c => Assert.True(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)));
        Assert.NotEqual(label, new MdnsSession(Id(1), new MdnsOptions(), new SeededChance(2)).Label);
    }

    [Fact]
    public void A_link_that_goes_takes_its_schedule_with_it()
    {
        _session.Update([s_lan], [], TimeSpan.Zero);
        _session.Update([], [], Seconds(1));

        Assert.Null(_session.NextDue);
    }

    private static MdnsLink Link(int id, string name, string address, int bits) =>
        new(id, name, AddressFamily.InterNetwork, false, [new MdnsLinkAddress(IPAddress.Parse(address), bits)]);

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static bool IsAnswer(MdnsEffect effect) => effect.Kind == MdnsEffectKind.Multicast && (effect.Packet.Span[2] & 0x80) != 0;

    private static bool Names(MdnsEffect effect, string address)
    {
        MdnsMessage message = new();
        return MdnsReader.TryRead(effect.Packet.Span, [], 16, message) == MdnsStatus.Done
            && message.Candidates.Exists(c => c.Addresses.Exists(a => a.ToString() == address));
    }

    private static byte[] Answer(int peer, params string[] addresses) => new DnsBytes().Header(0, 0x8400, 0, 2, 0, 0)
        .Ptr(Service, $"x.{Service}")
        .Txt($"x.{Service}", [.. addresses.Select(a => $"dnsaddr={a}/p2p/{Id(peer)}")])
        .ToArray();

    private static List<(int Type, int Class)> Records(byte[] packet)
    {
        int questions = packet[5];
        int records = packet[7] + packet[9] + packet[11];
        int at = 12;
        byte[] name = new byte[DnsName.BytesMax];
        for (; questions > 0; questions--)
        {
            Assert.True(DnsName.TryRead(packet, ref at, name, out _));
            at += 4;
        }

        List<(int, int)> found = [];
        for (; records > 0; records--)
        {
            Assert.True(DnsName.TryRead(packet, ref at, name, out _));
            found.Add(((packet[at] << 8) | packet[at + 1], (packet[at + 2] << 8) | packet[at + 3]));
            at += 10 + ((packet[at + 8] << 8) | packet[at + 9]);
        }

        Assert.Equal(packet.Length, at);
        return found;
    }

    private void Settle(MdnsLink link, params string[] addresses)
    {
        _session.Update([link], Addrs(addresses), TimeSpan.Zero);
        for (int s = 0; s < 50; s++)
        {
            _session.Tick(Seconds(s), _effects);
        }

        _effects.Clear();
    }

    private List<DiscoveredPeer> Hear(int peer, TimeSpan now, params string[] addresses)
    {
        _effects.Clear();
        _session.Receive(s_lan.Key, s_neighbour, Answer(peer, addresses), now, _effects);
        return [.. _effects.Where(e => e.Kind == MdnsEffectKind.Found).Select(e => e.Found!)];
    }
}
