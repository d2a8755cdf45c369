using P2P.Transport.Connections;
using P2P.Transport.Limits;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Connections;

public sealed class InboundGateTests
{
    private static readonly ConnectionLimits s_free = new()
    {
        PendingMax = 4096,
        PendingPerAddressMax = 4096,
        PerAddressMax = 65_536,
        PerIPv4Subnet24Max = 65_536,
        PerIPv6Subnet56Max = 65_536,
        PerIPv6Subnet48Max = 65_536,
        NewPerAddressBurst = 65_536,
        NewPerSecondMax = 65_536,
    };

    [Fact]
    public void Four_handshakes_per_address_and_a_fifth_is_refused()
    {
        InboundGate gate = new(s_free with { PendingPerAddressMax = 4 });

        Assert.Equal(4, Admitted(gate, 5, _ => "/ip4/8.8.8.8/tcp/1"));
        Assert.Equal(ConnectionRefusal.PendingPerAddress, Try(gate, "/ip4/8.8.8.8/tcp/1"));
        Assert.Equal(ConnectionRefusal.None, Try(gate, "/ip4/8.8.8.9/tcp/1"));
    }

    [Fact]
    public void Eight_connections_per_address_counting_established_ones()
    {
        InboundGate gate = new(s_free with { PerAddressMax = 8 });
        List<InboundTicket> tickets = [.. Enumerable.Range(0, 8).Select(_ => Enter(gate, "/ip4/8.8.8.8/tcp/1"))];
        tickets.ForEach(gate.Established);

        Assert.Equal(0, gate.Pending);
        Assert.Equal(ConnectionRefusal.PerAddress, Try(gate, "/ip4/8.8.8.8/tcp/1"));
        gate.Release(tickets[0]);
        gate.Release(tickets[0]);
        Assert.Equal(ConnectionRefusal.None, Try(gate, "/ip4/8.8.8.8/tcp/1"));
        Assert.Equal(ConnectionRefusal.PerAddress, Try(gate, "/ip4/8.8.8.8/tcp/1"));
    }

    [Theory]
    [InlineData("/ip4/8.8.8.{0}/tcp/1", 32, ConnectionRefusal.PerSubnet)]
    [InlineData("/ip6/2001:4860:1:{0:x}00::1/tcp/1", 64, ConnectionRefusal.PerSubnet)] // different /56, one /48
    [InlineData("/ip6/2001:4860:1:{0:x}::1/tcp/1", 16, ConnectionRefusal.PerSubnet)] // different /64, one /56
    [InlineData("/ip6/2001:4860:1:1::{0:x}/tcp/1", 8, ConnectionRefusal.PerAddress)] // one /64 is one host
    public void Networks_are_counted_by_their_prefix(string pattern, int limit, ConnectionRefusal reason)
    {
        InboundGate gate = new(s_free with { PerAddressMax = 8, PerIPv4Subnet24Max = 32, PerIPv6Subnet56Max = 16, PerIPv6Subnet48Max = 64 });

        for (int i = 1; i <= limit; i++)
        {
            Assert.Equal(ConnectionRefusal.None, Try(gate, string.Format(pattern, i)));
        }

        Assert.Equal(reason, Try(gate, string.Format(pattern, limit + 1)));
    }

    [Fact]
    public void Private_subnets_and_loopback_are_free_unless_loopback_is_told_not_to_be()
    {
        InboundGate gate = new(new ConnectionLimits { NewPerSecondMax = 10_000, PendingMax = 4096 });
        InboundGate strict = new(new ConnectionLimits { LoopbackExempt = false });

        Assert.Equal(200, Admitted(gate, 200, i => $"/ip4/10.0.0.{i}/tcp/1"));
        Assert.Equal(200, Admitted(gate, 200, _ => "/ip4/127.0.0.1/tcp/1"));
        Assert.Equal(200, Admitted(gate, 200, _ => "/memory/1"));
        Assert.Equal(4, Admitted(strict, 200, _ => "/ip4/127.0.0.1/tcp/1"));
    }

    [Fact]
    public void New_connections_of_one_address_come_in_a_burst_and_then_one_every_two_seconds()
    {
        InboundGate gate = new(s_free with { NewPerAddressBurst = 16 });

        Assert.Equal(16, Admitted(gate, 50, _ => "/ip4/8.8.8.8/tcp/1"));
        Assert.Equal(ConnectionRefusal.AddressRate, Try(gate, "/ip4/8.8.8.8/tcp/1", TimeSpan.FromSeconds(1.9)));
        Assert.Equal(ConnectionRefusal.None, Try(gate, "/ip4/8.8.8.8/tcp/1", TimeSpan.FromSeconds(2)));
    }

    [Fact]
    public void The_whole_world_brings_fifty_a_second()
    {
        InboundGate gate = new(s_free with { NewPerSecondMax = 50 });

        Assert.Equal(50, Admitted(gate, 1_000, i => $"/ip4/8.{i / 250}.{i % 250}.1/tcp/1"));
        Assert.Equal(ConnectionRefusal.GlobalRate, Try(gate, "/ip4/9.9.9.9/tcp/1"));
        Assert.Equal(ConnectionRefusal.None, Try(gate, "/ip4/9.9.9.9/tcp/1", TimeSpan.FromMilliseconds(20)));
    }

    [Fact]
    public void Ten_thousand_connects_leave_at_most_64_handshakes_and_slow_ones_make_room_for_new_ones()
    {
        InboundGate gate = new(s_free with { PendingMax = 64 });
        List<InboundTicket> evicted = [];
        int admitted = 0;
        for (int i = 0; i < 10_000; i++)
        {
            TimeSpan now = TimeSpan.FromMilliseconds(i);
            admitted += gate.TryEnter(Addr($"/ip4/8.{i / 250 / 250}.{i / 250 % 250}.{i % 250}/tcp/1"), now, out _, out InboundTicket? slow) == ConnectionRefusal.None ? 1 : 0;
            Assert.True(gate.Pending <= 64);
            if (slow is not null)
            {
                slow.Evict();
                gate.Release(slow);
                evicted.Add(slow);
                Assert.True(now - slow.EnteredAt >= InboundGate.EvictableAge);
            }
        }

        Assert.Equal(admitted - 64, evicted.Count);
        Assert.All(evicted, t => Assert.True(t.Evicted.IsCancellationRequested));
        Assert.InRange(admitted, 10_000 * 64 / 320, 10_000 * 64 / 250 + 64); // 64 places that turn over every 250 ms or a little more
    }

    [Fact]
    public void When_everybody_has_left_nothing_is_counted_any_more()
    {
        InboundGate gate = new(s_free);
        List<InboundTicket> tickets = [.. Enumerable.Range(1, 100).Select(i => Enter(gate, i % 2 == 0 ? $"/ip4/8.8.8.{i}/tcp/1" : $"/ip6/2001:4860::{i}/tcp/1"))];
        tickets.Take(50).ToList().ForEach(gate.Established);

        tickets.ForEach(gate.Release);

        Assert.Equal(0, gate.Counted);
    }

    private static ConnectionRefusal Try(InboundGate gate, string address, TimeSpan now = default) =>
        gate.TryEnter(Addr(address), now, out _, out _);

    private static InboundTicket Enter(InboundGate gate, string address)
    {
        Assert.Equal(ConnectionRefusal.None, gate.TryEnter(Addr(address), TimeSpan.Zero, out InboundTicket? ticket, out _));
        return ticket!;
    }

    private static int Admitted(InboundGate gate, int count, Func<int, string> address) =>
        Enumerable.Range(1, count).Count(i => Try(gate, address(i)) == ConnectionRefusal.None);
}
