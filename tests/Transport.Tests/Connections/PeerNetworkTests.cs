using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Testing;
using P2P.Transport.Connections;
using P2P.Transport.Identify;
using P2P.Transport.Limits;
using P2P.Transport.Memory;
using P2P.Transport.Ping;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Connections;

/// <summary>Whole nodes, over memory and over TCP on loopback.</summary>
public sealed class PeerNetworkTests
{
    public static TheoryData<bool> Transports => new() { true, false };

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Two_nodes_connect_and_identify_each_other_in_both_directions(bool overMemory)
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory);
        (TestNode a, TestNode b) = pair;

        PeerId reached = await a.Network.DialAsync(b.Address, a.Watchdog);
        PeerEvent atA = await a.UntilAsync(PeerEventKind.Identified, b.Id);
        PeerEvent atB = await b.UntilAsync(PeerEventKind.Identified, a.Id);

        Assert.Equal(b.Id, reached);
        Assert.Equal((true, false), (atA.Outbound, atB.Outbound));
        Assert.Equal([IdentifyWire.ProtocolId, IdentifyWire.PushProtocolId, PingProtocol.ProtocolId], atA.Protocols.Order());
        Assert.Equal(atA.Protocols.Order(), b.Network.ProtocolsOf(a.Id).Order());
        Assert.Equal([a.Network.ListenAddresses[0]], b.Network.AddressesOf(a.Id)); // known from identify alone
        Assert.Equal("p2p-dotnet/0.1.0", Assert.Single(b.Network.Connections).AgentVersion);
        Assert.Equal([b.Id], a.Network.ConnectedPeers);
        Assert.True(a.Network.IsConnected(b.Id) && b.Network.IsConnected(a.Id));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Three_nodes_form_a_mesh_and_serve_each_others_streams(bool overMemory)
    {
        MemoryNetwork? memory = overMemory ? new MemoryNetwork() : null;
        // Both sides of a pair dial: none of the two connections goes while the slower side has not seen the other one.
        PeerNetworkOptions patient = TestNode.Quick with { SurplusGrace = TestSupport.Watchdog.Limit };
        await using TestNode a = await TestNode.StartAsync(1, memory, patient);
        await using TestNode b = await TestNode.StartAsync(2, memory, patient);
        await using TestNode c = await TestNode.StartAsync(3, memory, patient);
        TestNode[] nodes = [a, b, c];
        foreach (TestNode node in nodes)
        {
            node.Network.Handle("/echo/1", EchoAsync, 8);
            foreach (TestNode other in nodes.Where(n => n != node))
            {
                node.Network.AddAddresses(other.Id, [other.Address]);
            }
        }

        await Task.WhenAll(nodes.SelectMany(n => nodes.Where(o => o != n).Select(o => n.Network.ConnectAsync(o.Id, n.Watchdog))));

        foreach (TestNode node in nodes)
        {
            Assert.Equal(nodes.Where(n => n != node).Select(n => n.Id).Order(), node.Network.ConnectedPeers);
            foreach (TestNode other in nodes.Where(n => n != node))
            {
                Assert.Equal([1, 2, 3], await AskAsync(node, other.Id, "/echo/1", [1, 2, 3]));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_dial_without_an_id_says_who_answered(bool overMemory)
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory);
        (TestNode a, TestNode b) = pair;

        Assert.Equal(b.Id, await a.Network.DialAsync(b.Address.WithoutPeer(), a.Watchdog));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task Somebody_else_at_the_address_is_refused_by_name_in_both_directions(bool overMemory)
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory);
        (TestNode a, TestNode b) = pair;
        PeerId expected = Id(9);
        foreach ((TestNode from, TestNode to) in new[] { (a, b), (b, a) })
        {
            TransportException named = await Assert.ThrowsAsync<TransportException>(
                () => from.Network.DialAsync(to.Address.WithoutPeer().WithPeer(expected), from.Watchdog));
            from.Network.AddAddresses(Id(10), [to.Address.WithoutPeer()]);
            TransportException looked = await Assert.ThrowsAsync<TransportException>(() => from.Network.ConnectAsync(Id(10), from.Watchdog));

            Assert.Equal((TransportError.PeerIdMismatch, TransportError.PeerIdMismatch), (named.Error, looked.Error));
            Assert.Empty(from.Network.AddressesOf(Id(10))); // the false claim is forgotten
        }

        Assert.Empty(a.Network.ConnectedPeers);
        Assert.Empty(b.Network.ConnectedPeers);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task When_both_dial_at_once_both_keep_the_same_one_connection(bool overMemory)
    {
        // Dials wait for each other, so that really both sides dial, every time.
        using Barrier barrier = new(2);
        MemoryNetwork? memory = overMemory ? new MemoryNetwork() : null;
        WrappedTransport Meet(ITransport inner) => new(inner, (_, ct) => Task.Run(() => barrier.SignalAndWait(ct), ct));
        await using TestNode a = await TestNode.StartAsync(1, memory, wrap: Meet);
        await using TestNode b = await TestNode.StartAsync(2, memory, wrap: Meet);

        await Task.WhenAll(a.Network.DialAsync(b.Address, a.Watchdog), b.Network.DialAsync(a.Address, b.Watchdog));
        // Each side has its own dial at once and the other's a moment later; settled is one connection that is dialled by one of the two.
        await a.UntilAsync(() => a.Network.Connections is [var atA] && b.Network.Connections is [var atB] && atA.Outbound != atB.Outbound);

        bool aIsSmaller = a.Id.CompareTo(b.Id) < 0;
        Assert.Equal(aIsSmaller, a.Network.Connections[0].Outbound);
        Assert.Equal(!aIsSmaller, b.Network.Connections[0].Outbound);
        TimeSpan rtt = await a.Network.PingAsync(b.Id, a.Watchdog);
        Assert.True(rtt > TimeSpan.Zero);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_surplus_connection_lives_until_its_stream_ends(bool overMemory)
    {
        using Barrier barrier = new(2);
        MemoryNetwork? memory = overMemory ? new MemoryNetwork() : null;
        WrappedTransport Meet(ITransport inner) => new(inner, (_, ct) => Task.Run(() => barrier.SignalAndWait(ct), ct));
        PeerNetworkOptions patient = TestNode.Quick with { SurplusGrace = TimeSpan.Zero, IdentifyEnabled = false };
        ManualTime time = new(); // nothing is closed before the stream is open
        TransportRuntime runtime = new(time, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);
        await using TestNode a = await TestNode.StartAsync(1, memory, patient, runtime: runtime, wrap: Meet);
        await using TestNode b = await TestNode.StartAsync(2, memory, patient, runtime: runtime, wrap: Meet);
        a.Network.Handle("/hold/1", EchoAsync, 8);
        b.Network.Handle("/hold/1", EchoAsync, 8);
        TestNode larger = a.Id.CompareTo(b.Id) < 0 ? b : a;
        TestNode smaller = larger == a ? b : a;

        // The larger one's connection is the surplus one.
        Task<PeerId> surplus = larger.Network.DialAsync(smaller.Address, a.Watchdog);
        Task<PeerId> kept = smaller.Network.DialAsync(larger.Address, a.Watchdog);
        await Task.WhenAll(surplus, kept);
        PeerStream held = await larger.Network.OpenStreamAsync(smaller.Id, ["/hold/1"], a.Watchdog);
        await held.Stream.WriteAsync(new byte[] { 7 }, a.Watchdog);
        byte[] answer = new byte[1];
        Assert.Equal(1, await held.Stream.ReadAsync(answer, a.Watchdog));

        await a.UntilAsync(() => a.Network.Connections.Sum(c => c.OpenStreams) == 1 && b.Network.Connections.Sum(c => c.OpenStreams) == 1);
        time.Advance(TimeSpan.FromSeconds(1));
        await held.Stream.WriteAsync(new byte[] { 8 }, a.Watchdog);
        Assert.Equal(1, await held.Stream.ReadAsync(answer, a.Watchdog)); // whichever connection it is on, it was not cut
        await held.Stream.DisposeAsync();

        await a.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return a.Network.Connections.Count == 1 && b.Network.Connections.Count == 1;
        });
    }

    [Fact]
    public async Task Inbound_connections_beyond_the_limit_are_closed_and_the_first_ones_stay()
    {
        MemoryNetwork memory = new();
        await using TestNode a = await TestNode.StartAsync(1, memory, TestNode.Quick with { Limits = new ConnectionLimits { InboundMax = 1 } });
        await using TestNode b = await TestNode.StartAsync(2, memory);
        await using TestNode c = await TestNode.StartAsync(3, memory);
        await b.Network.DialAsync(a.Address, b.Watchdog);
        await a.UntilAsync(PeerEventKind.Connected, b.Id);

        // The dialler is done a moment before the other side refuses; then it sees the end.
        try
        {
            await c.Network.DialAsync(a.Address, c.Watchdog);
            await c.UntilAsync(() => !c.Network.IsConnected(a.Id));
        }
        catch (TransportException)
        {
            // Or it was refused within the handshake.
        }

        await a.UntilAsync(() => a.Network.Statistics.Refusals.GetValueOrDefault(ConnectionRefusal.Inbound) == 1);
        Assert.Equal([b.Id], a.Network.ConnectedPeers);
        Assert.Equal(1, a.Network.Statistics.Inbound);
    }

    [Fact]
    public async Task Outbound_connections_beyond_the_limit_are_refused_before_dialling()
    {
        MemoryNetwork memory = new();
        await using TestNode b = await TestNode.StartAsync(2, memory);
        WrappedTransport? counted = null;
        await using TestNode a = await TestNode.StartAsync(
            1, memory, TestNode.Quick with { Limits = new ConnectionLimits { OutboundMax = 0 } }, wrap: t => counted = new WrappedTransport(t));
        a.Network.AddAddresses(b.Id, [b.Address]);

        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => a.Network.ConnectAsync(b.Id, a.Watchdog));

        Assert.Equal(TransportError.LimitReached, refused.Error);
        Assert.Contains(nameof(ConnectionRefusal.Outbound), refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, counted!.Dials);
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_disconnect_is_told_on_both_sides_and_at_once_where_it_was_asked_for(bool overMemory)
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory);
        (TestNode a, TestNode b) = pair;
        await a.Network.DialAsync(b.Address, a.Watchdog);
        await b.UntilAsync(PeerEventKind.Connected, a.Id);
        IAsyncEnumerable<PeerEvent> events = b.Network.PeerEventsAsync(b.Watchdog);

        await a.Network.DisconnectAsync(b.Id, a.Watchdog);

        Assert.False(a.Network.IsConnected(b.Id));
        await foreach (PeerEvent change in events)
        {
            if (change.Kind == PeerEventKind.Disconnected)
            {
                Assert.Equal(a.Id, change.Peer);
                break;
            }
        }

        Assert.False(b.Network.IsConnected(a.Id));
        Assert.Empty(b.Network.ProtocolsOf(a.Id));
    }

    [Theory]
    [MemberData(nameof(Transports))]
    public async Task A_node_that_restarts_under_its_identity_is_found_again(bool overMemory)
    {
        MemoryNetwork? memory = overMemory ? new MemoryNetwork() : null;
        await using TestNode a = await TestNode.StartAsync(1, memory);
        TestNode b = await TestNode.StartAsync(2, memory, listen: overMemory ? null : $"/ip4/127.0.0.1/tcp/{TestSupport.Ports.Free()}");
        string where = b.Network.ListenAddresses[0].ToString();
        await a.Network.DialAsync(b.Address, a.Watchdog);
        await a.UntilAsync(PeerEventKind.Identified, b.Id);

        await b.DisposeAsync();
        await a.UntilAsync(() => !a.Network.IsConnected(b.Id));
        await using TestNode again = await TestNode.StartAsync(2, memory, listen: where);
        await a.Network.ConnectAsync(again.Id, a.Watchdog);

        PeerEvent identified = await a.UntilAsync(PeerEventKind.Identified, again.Id);
        Assert.True(identified.Outbound);
    }

    [Fact]
    public async Task Garbage_and_silent_connections_do_not_stop_honest_ones()
    {
        await using TestNode a = await TestNode.StartAsync(1, null);
        await using TestNode b = await TestNode.StartAsync(2, null);
        Assert.True(a.Network.ListenAddresses[0].TryGetTcp(out IPEndPoint? endPoint));
        List<Socket> hostile = [];
        for (int i = 0; i < 20; i++)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(endPoint!, a.Watchdog);
            if (i % 2 == 0)
            {
                await socket.SendAsync(new byte[] { 0xFF, 0x00, 0x13, 0x37 }, a.Watchdog);
            }

            hostile.Add(socket);
        }

        await b.Network.DialAsync(a.Address, b.Watchdog);

        await a.UntilAsync(PeerEventKind.Identified, b.Id);
        await a.UntilAsync(() => a.Network.Statistics.Refusals.GetValueOrDefault(ConnectionRefusal.Handshake) >= 10);
        hostile.ForEach(s => s.Dispose());
    }

    [Fact]
    public async Task Streams_beyond_the_cap_of_a_peer_are_reset_and_others_go_on()
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory: true);
        (TestNode a, TestNode b) = pair;
        b.Network.Handle("/echo/1", EchoAsync, streamsPerPeerMax: 1);
        a.Network.AddAddresses(b.Id, [b.Address]);
        PeerStream first = await a.Network.OpenStreamAsync(b.Id, ["/echo/1"], a.Watchdog);
        await first.Stream.WriteAsync(new byte[] { 1 }, a.Watchdog);
        byte[] one = new byte[1];
        Assert.Equal(1, await first.Stream.ReadAsync(one, a.Watchdog));

        PeerStream second = await a.Network.OpenStreamAsync(b.Id, ["/echo/1"], a.Watchdog);
        await Assert.ThrowsAsync<TransportException>(async () =>
        {
            await second.Stream.WriteAsync(new byte[] { 2 }, a.Watchdog);
            await second.Stream.ReadAsync(one, a.Watchdog);
        });

        await first.Stream.WriteAsync(new byte[] { 3 }, a.Watchdog);
        Assert.Equal(1, await first.Stream.ReadAsync(one, a.Watchdog));
        Assert.Equal(1, b.Network.Statistics.Refusals[ConnectionRefusal.StreamsPerPeer]);
        await first.Stream.DisposeAsync();
    }

    [Fact]
    public async Task An_unknown_protocol_is_refused_and_a_defect_in_a_handler_costs_only_its_stream()
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory: true);
        (TestNode a, TestNode b) = pair;
        b.Network.Handle("/broken/1", (_, _) => throw new InvalidOperationException("a defect"), 4);
        b.Network.Handle("/echo/1", EchoAsync, 4);
        a.Network.AddAddresses(b.Id, [b.Address]);

        TransportException unknown = await Assert.ThrowsAsync<TransportException>(() => a.Network.OpenStreamAsync(b.Id, ["/no/1", "/no/2"], a.Watchdog));
        await Assert.ThrowsAsync<TransportException>(() => AskAsync(a, b.Id, "/broken/1", [1]));

        Assert.Equal(TransportError.ProtocolNotSupported, unknown.Error);
        Assert.Equal([5], await AskAsync(a, b.Id, "/echo/1", [5]));
    }

    [Fact]
    public async Task A_protocol_added_later_is_pushed_to_connected_peers()
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory: true);
        (TestNode a, TestNode b) = pair;
        await a.Network.DialAsync(b.Address, a.Watchdog);
        await a.UntilAsync(PeerEventKind.Identified, b.Id);
        await b.UntilAsync(PeerEventKind.Identified, a.Id);

        b.Network.Handle("/late/1", EchoAsync, 4);
        await a.UntilAsync(PeerEventKind.Identified, b.Id, e => e.Protocols.Contains("/late/1"));
        b.Network.Unhandle("/late/1");
        await a.UntilAsync(() => !a.Network.ProtocolsOf(b.Id).Contains("/late/1"));
    }

    [Fact]
    public async Task A_ping_measures_and_two_at_once_share_one_stream()
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory: true);
        (TestNode a, TestNode b) = pair;
        await a.Network.DialAsync(b.Address, a.Watchdog);

        TimeSpan[] times = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => a.Network.PingAsync(b.Id, a.Watchdog)));

        Assert.All(times, t => Assert.True(t > TimeSpan.Zero));
        Assert.False(b.Network.Statistics.Refusals.ContainsKey(ConnectionRefusal.StreamsPerPeer));
    }

    [Fact]
    public async Task A_reader_that_comes_late_first_sees_who_is_there()
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory: true);
        (TestNode a, TestNode b) = pair;
        await a.Network.DialAsync(b.Address, a.Watchdog);
        await a.UntilAsync(PeerEventKind.Identified, b.Id);
        List<PeerEventKind> seen = [];

        await foreach (PeerEvent change in a.Network.PeerEventsAsync(a.Watchdog))
        {
            seen.Add(change.Kind);
            if (seen.Count == 2)
            {
                break;
            }
        }

        Assert.Equal([PeerEventKind.Connected, PeerEventKind.Identified], seen);
    }

    [Fact]
    public async Task Stopping_ends_events_streams_tasks_and_memory_and_may_be_repeated()
    {
        await using TestPair pair = await TestPair.StartAsync(overMemory: false);
        (TestNode a, TestNode b) = pair;
        b.Network.Handle("/echo/1", EchoAsync, 8);
        a.Network.AddAddresses(b.Id, [b.Address]);
        PeerStream held = await a.Network.OpenStreamAsync(b.Id, ["/echo/1"], a.Watchdog);
        await held.Stream.WriteAsync(new byte[] { 1 }, a.Watchdog);
        await b.UntilAsync(PeerEventKind.Identified, a.Id);
        IAsyncEnumerable<PeerEvent> events = b.Network.PeerEventsAsync(b.Watchdog);

        await b.Network.DisposeAsync();
        await b.Network.DisposeAsync();

        PeerEvent? last = null;
        await foreach (PeerEvent change in events)
        {
            last = change;
        }

        Assert.Equal(PeerEventKind.Disconnected, last!.Kind);
        Assert.Equal((0, 0), (b.Network.RunningTasks, b.Network.Statistics.InboundStreams));
        Assert.Empty(b.Network.ConnectedPeers);
        await a.UntilAsync(() => !a.Network.IsConnected(b.Id));
        await Assert.ThrowsAsync<TransportException>(() => b.Network.ConnectAsync(Id(7), CancellationToken.None));
        Assert.Equal(0, b.BufferedBytes);
    }

    private static async Task EchoAsync(PeerStream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[1024];
        int count;
        while ((count = await stream.Stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await stream.Stream.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }

    private static async Task<byte[]> AskAsync(TestNode node, PeerId peer, string protocol, byte[] question)
    {
        PeerStream opened = await node.Network.OpenStreamAsync(peer, [protocol], node.Watchdog);
        await using MuxedStream stream = opened.Stream;
        await stream.WriteAsync(question, node.Watchdog);
        byte[] answer = new byte[question.Length];
        int filled = 0;
        while (filled < answer.Length)
        {
            int count = await stream.ReadAsync(answer.AsMemory(filled), node.Watchdog);
            Assert.NotEqual(0, count);
            filled += count;
        }

        return answer;
    }
}
