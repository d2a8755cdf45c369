using P2P.Core.Multiformats;
using P2P.Dht;
using P2P.Transport.Connections;

namespace P2P.Node.Tests;

/// <summary>What a profile changes.</summary>
public sealed class ProfileTests
{
    private static readonly Multiaddr s_private = Multiaddr.Parse("/ip4/192.168.1.20/tcp/4001");
    private static readonly Multiaddr s_public = Multiaddr.Parse("/ip4/203.0.114.7/tcp/4001");

    [Fact]
    public void In_a_swarm_the_DHT_is_the_networks_own_and_served_only_with_a_public_address()
    {
        Assert.Equal("/swarm.example/kad/1.0.0", ProfileRules.DhtProtocol(NodeProfile.Swarm, "swarm.example"));
        Assert.Equal(KadMode.Client, ProfileRules.DhtMode(NodeProfile.Swarm, [s_private]));
        Assert.Equal(KadMode.Client, ProfileRules.DhtMode(NodeProfile.Swarm, []));
        Assert.Equal(KadMode.Server, ProfileRules.DhtMode(NodeProfile.Swarm, [s_private, s_public]));
        Assert.Equal(KadMode.Server, ProfileRules.DhtMode(NodeProfile.Lan, [s_private]));
        Assert.Equal("/ipfs/lan/kad/1.0.0", ProfileRules.DhtProtocol(NodeProfile.Lan, "lan"));
        Assert.Equal("/club/lan/kad/1.0.0", ProfileRules.DhtProtocol(NodeProfile.Lan, "club"));
    }

    [Fact]
    public async Task A_node_of_a_swarm_without_a_public_address_serves_no_DHT_and_still_shares_documents()
    {
        await using P2PNode first = await P2PNode.StartAsync(TestNodes.Options() with { Profile = NodeProfile.Swarm });
        await using P2PNode second = await P2PNode.StartAsync(TestNodes.Options(null, [.. first.Addresses]) with { Profile = NodeProfile.Swarm });
        Documents.TextDocument notes = await first.Documents.OpenAsync("notes");
        await notes.AppendAsync("one\n");
        Documents.TextDocument copy = await second.Documents.OpenAsync("notes");
        await TestNodes.UntilAsync(copy, static text => text == "one\n");

        IPeerNetwork network = second.Parts.Network;
        Assert.NotEmpty(network.ProtocolsOf(first.PeerId));
        Assert.DoesNotContain(network.ProtocolsOf(first.PeerId), static p => p.Contains("/kad/", StringComparison.Ordinal));
        Assert.NotEmpty(first.Addresses); // it listens, it only does not say so
    }

    [Fact]
    public async Task No_profile_is_refused_by_name()
    {
        P2PException error = await Assert.ThrowsAsync<P2PException>(() => P2PNode.StartAsync(TestNodes.Options() with { Profile = NodeProfile.None }));
        Assert.StartsWith("Profile:", error.Message, StringComparison.Ordinal);
    }
}
