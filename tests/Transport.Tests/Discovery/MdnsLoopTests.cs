using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Discovery;

/// <summary>Real sockets, only on loopback.</summary>
public sealed class MdnsLoopTests
{
    private static readonly TransportRuntime s_runtime = new(SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);

    [LoopbackMulticastFact]
    public async Task Two_nodes_that_share_port_5353_on_lo_find_each_other()
    {
        using CancellationTokenSource watchdog = new(TestSupport.Watchdog.Limit);
        MdnsOptions options = new() { Interfaces = [LoopbackMulticastFactAttribute.LoopbackName] };
        (PeerId a, PeerId b) = (RandomId(), RandomId());
        await using MdnsLoop first = new(a, () => Addrs("/ip4/127.0.0.1/tcp/4001"), options, s_runtime);
        await using MdnsLoop second = new(b, () => Addrs("/ip4/127.0.0.1/tcp/4002"), options, s_runtime);

        await first.StartAsync(watchdog.Token);
        await second.StartAsync(watchdog.Token);

        Assert.Equal("/ip4/127.0.0.1/tcp/4002", (await FindAsync(first, b, watchdog.Token)).Addresses[0].ToString());
        Assert.Equal("/ip4/127.0.0.1/tcp/4001", (await FindAsync(second, a, watchdog.Token)).Addresses[0].ToString());
        Assert.Equal([LoopbackMulticastFactAttribute.LoopbackName], first.State.Interfaces);
        Assert.Null(first.State.Problem);
    }

    [LoopbackMulticastFact]
    public async Task A_legacy_resolver_gets_its_answer_by_unicast_with_its_id_and_question()
    {
        using CancellationTokenSource watchdog = new(TestSupport.Watchdog.Limit);
        MdnsOptions options = new() { Interfaces = [LoopbackMulticastFactAttribute.LoopbackName], IPv6 = false };
        PeerId own = RandomId();
        await using MdnsLoop loop = new(own, () => Addrs("/ip4/127.0.0.1/tcp/4001"), options, s_runtime);
        await loop.StartAsync(watchdog.Token);

        using Socket resolver = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        resolver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        resolver.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(NetworkInterface.LoopbackInterfaceIndex));
        byte[] query = MdnsWriter.Query();
        (query[0], query[1]) = (0xAB, 0xCD);
        // Whoever else runs on this loopback answers as well; ours is waited for. A datagram may be lost: it is asked again and again.
        byte[] answer = new byte[9000];
        MdnsMessage message = new();
        while (!message.Candidates.Exists(c => c.Peer == own))
        {
            using CancellationTokenSource soon = CancellationTokenSource.CreateLinkedTokenSource(watchdog.Token);
            soon.CancelAfter(TimeSpan.FromSeconds(2));
            await resolver.SendToAsync(query, new IPEndPoint(IPAddress.Parse("224.0.0.251"), 5353), watchdog.Token);
            try
            {
                SocketReceiveFromResult received = await resolver.ReceiveFromAsync(answer, new IPEndPoint(IPAddress.Any, 0), soon.Token);
                Assert.Equal(MdnsStatus.Done, MdnsReader.TryRead(answer.AsSpan(0, received.ReceivedBytes), [], 16, message));
            }
            catch (OperationCanceledException) when (!watchdog.IsCancellationRequested)
            {
                // lost
            }
        }

        Assert.Equal(0xABCD, (answer[0] << 8) | answer[1]);
        Assert.Equal(1, (answer[4] << 8) | answer[5]); // its question
        Assert.Equal(query[12..], answer[12..query.Length]);
    }

    [Fact]
    public async Task A_port_that_somebody_owns_alone_turns_discovery_off_with_a_reason()
    {
        using CancellationTokenSource watchdog = new(TestSupport.Watchdog.Limit);
        using Socket owner = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ExclusiveAddressUse = true };
        owner.Bind(new IPEndPoint(IPAddress.Any, 0));
        int port = ((IPEndPoint)owner.LocalEndPoint!).Port;
        MdnsOptions options = new() { Interfaces = [LoopbackMulticastFactAttribute.LoopbackName], Port = port, IPv6 = false };
        RecordingLogger logger = new();
        await using MdnsLoop loop = new(Id(1), () => Addrs("/ip4/127.0.0.1/tcp/4001"), options, s_runtime with { Logger = logger });

        await loop.StartAsync(watchdog.Token);

        Assert.False(loop.State.Active);
        Assert.Contains(port.ToString(), loop.State.Problem, StringComparison.Ordinal);
        Assert.Contains(logger.Entries, e => e.Id == 1401 && e.Level == Microsoft.Extensions.Logging.LogLevel.Warning);
    }

    [Fact]
    public async Task An_interface_that_is_not_there_turns_discovery_off_with_a_reason()
    {
        RecordingLogger logger = new();
        MdnsOptions options = new() { Interfaces = ["no-such-interface"] };
        await using MdnsLoop loop = new(Id(1), () => [], options, s_runtime with { Logger = logger });

        await loop.StartAsync(CancellationToken.None);

        Assert.False(loop.State.Active);
        Assert.NotNull(loop.State.Problem);
        Assert.Contains(logger.Entries, e => e.Id == 1402);
    }

    [Fact]
    public async Task Stopping_twice_is_stopping_once()
    {
        MdnsLoop loop = new(Id(1), () => [], new MdnsOptions { Interfaces = ["no-such-interface"] }, s_runtime);
        await loop.StartAsync(CancellationToken.None);

        await loop.DisposeAsync();
        await loop.DisposeAsync();

        Assert.False(loop.State.Active);
    }

    // Other tests, and other runs of them, share this loopback: ids must not meet.
    private static PeerId RandomId() => PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance).PublicKey.PeerId;

    private static async Task<DiscoveredPeer> FindAsync(MdnsLoop loop, PeerId wanted, CancellationToken cancellationToken)
    {
        await foreach (DiscoveredPeer found in loop.DiscoveredAsync(cancellationToken))
        {
            if (found.Peer == wanted)
            {
                return found;
            }
        }

        throw new InvalidOperationException("The loop ended.");
    }
}
