using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;
using P2P.Transport.Memory;
using P2P.Transport.Tests.Connections;
using static P2P.Transport.Tests.Peers.TestPeers;

namespace P2P.Transport.Tests.Discovery;

public sealed class DiscoveryDialerTests
{
    private static readonly TransportRuntime s_runtime = new(SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);

    [LoopbackMulticastFact]
    public async Task Two_nodes_on_lo_find_each_other_connect_and_identify_without_being_told_anything()
    {
        MdnsOptions options = new() { Interfaces = [LoopbackMulticastFactAttribute.LoopbackName] };
        await using TestNode a = await TestNode.StartAsync(31, null, listen: "/ip4/0.0.0.0/tcp/0");
        await using TestNode b = await TestNode.StartAsync(32, null, listen: "/ip6/::/tcp/0");
        await using MdnsLoop mdnsA = new(a.Id, () => a.Network.ListenAddresses, options, s_runtime);
        await using MdnsLoop mdnsB = new(b.Id, () => b.Network.ListenAddresses, options, s_runtime);
        await using DiscoveryDialer dialerA = new(a.Network, mdnsA.DiscoveredAsync(a.Watchdog), s_runtime);
        await using DiscoveryDialer dialerB = new(b.Network, mdnsB.DiscoveredAsync(b.Watchdog), s_runtime);
        await mdnsA.StartAsync(a.Watchdog);
        await mdnsB.StartAsync(b.Watchdog);
        dialerA.Start();
        dialerB.Start();

        await a.UntilAsync(PeerEventKind.Identified, b.Id);
        await b.UntilAsync(PeerEventKind.Identified, a.Id);
    }

    [Fact]
    public async Task A_lie_about_who_is_where_connects_to_nobody_and_a_truth_after_it_does()
    {
        MemoryNetwork memory = new();
        await using TestNode a = await TestNode.StartAsync(1, memory);
        await using TestNode b = await TestNode.StartAsync(2, memory);
        DiscoveredPeer lie = new(Id(3), [b.Address.WithoutPeer()], "lo");
        DiscoveredPeer truth = new(b.Id, [b.Address.WithoutPeer()], "lo");
        await using DiscoveryDialer dialer = new(a.Network, Source([lie, truth, truth]), s_runtime);

        dialer.Start();
        await a.UntilAsync(PeerEventKind.Connected, b.Id);

        Assert.Equal([b.Id], a.Network.ConnectedPeers);
    }

    private static async IAsyncEnumerable<DiscoveredPeer> Source(DiscoveredPeer[] found, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (DiscoveredPeer peer in found)
        {
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return peer;
        }
    }
}
