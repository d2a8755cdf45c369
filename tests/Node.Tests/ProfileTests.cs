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

    [Theory]
    [InlineData(NodeProfile.Lan, true)]
    [InlineData(NodeProfile.Swarm, false)]
    [InlineData(NodeProfile.Isolated, false)]
    public void Peers_are_looked_for_on_a_LAN_only_unless_somebody_says_otherwise(NodeProfile profile, bool isOn)
    {
        P2POptions options = new() { Profile = profile };
        Assert.Equal(isOn, ProfileRules.UsesMdns(options));
        Assert.True(ProfileRules.UsesMdns(options with { Mdns = true }));
        Assert.False(ProfileRules.UsesMdns(options with { Mdns = false }));
    }

    [Fact]
    public async Task On_a_LAN_every_node_serves_the_DHT_and_is_found_there()
    {
        await using P2PNode hub = await TestNodes.StartAsync();
        await using P2PNode first = await TestNodes.StartAsync(null, [.. hub.Addresses]);
        await using P2PNode second = await TestNodes.StartAsync(null, [.. hub.Addresses]);
        CancellationToken watchdog = TestNodes.Watchdog();
        Dht.PeerInfo? found = null;
        while (found is null) // until the hub has heard of it
        {
            found = await first.Dht.FindPeerAsync(second.PeerId, watchdog);
        }

        Assert.Contains(found.Addresses, a => second.Addresses.Contains(a.WithPeer(second.PeerId)));
        await first.Peers.PingAsync(second.PeerId, watchdog); // dialled by what the DHT told
    }

    [Fact]
    public async Task An_isolated_node_dials_only_whom_a_person_named_and_is_not_told_of()
    {
        await using P2PNode hub = await TestNodes.StartAsync();
        await using P2PNode stranger = await TestNodes.StartAsync(null, [.. hub.Addresses]);
        await using P2PNode alone = await P2PNode.StartAsync(TestNodes.Options(null, [.. hub.Addresses]) with { Profile = NodeProfile.Isolated });
        CancellationToken watchdog = TestNodes.Watchdog();
        PeerNetwork network = alone.Parts.Network;
        await using IAsyncEnumerator<PeerEvent> known = hub.Parts.Network.PeerEventsAsync(watchdog).GetAsyncEnumerator(watchdog);
        do
        {
            Assert.True(await known.MoveNextAsync());
        }
        while (known.Current.Peer != alone.PeerId || known.Current.Kind != PeerEventKind.Identified);

        Assert.DoesNotContain(hub.Parts.Network.ProtocolsOf(alone.PeerId), static p => p.Contains("/kad/", StringComparison.Ordinal));
        Assert.Empty(hub.Parts.Network.AddressesOf(alone.PeerId)); // so nobody can pass one on
        Assert.Null(await stranger.Dht.FindPeerAsync(alone.PeerId, watchdog));

        network.AddAddresses(stranger.PeerId, stranger.Addresses); // as the DHT or a bitswap provider would
        Assert.Empty(network.AddressesOf(stranger.PeerId));
        TransportException refused = await Assert.ThrowsAsync<TransportException>(() => network.ConnectAsync(stranger.PeerId, watchdog));
        Assert.Equal(TransportError.NoAddress, refused.Error);
        Assert.Equal(hub.Addresses.Select(static a => a.WithoutPeer()), network.AddressesOf(hub.PeerId));

        Documents.TextDocument notes = await alone.Documents.OpenAsync("notes");
        await notes.AppendAsync("one\n");
        await TestNodes.UntilAsync(await hub.Documents.OpenAsync("notes"), static text => text == "one\n");

        await alone.Peers.ConnectAsync(stranger.Addresses[0], watchdog);
        Assert.Contains(alone.Peers.Connected, p => p.Id == stranger.PeerId);
    }

    [Fact]
    public async Task No_profile_is_refused_by_name()
    {
        P2PException error = await Assert.ThrowsAsync<P2PException>(() => P2PNode.StartAsync(TestNodes.Options() with { Profile = NodeProfile.None }));
        Assert.StartsWith("Profile:", error.Message, StringComparison.Ordinal);
    }
}
