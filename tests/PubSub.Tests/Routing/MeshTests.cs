using P2P.PubSub.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Routing;

public sealed class MeshTests
{
    private static void Prune(RouterBench bench, int peer, ulong backoff) =>
        bench.Receive(peer, rpc => rpc.Prunes.Add(new Prune(RouterBench.Topic.Key, backoff)));

    [Fact]
    public void Hello_lists_all_subscriptions()
    {
        RouterBench bench = new();
        bench.Subscribed();
        bench.Step(RouterInput.Subscribe("second", RouterBench.Rules));

        bench.Step(RouterInput.PeerUp(RouterBench.Peer(1), PeerProtocol.Meshsub11, outbound: true));

        Assert.Equal([new OutSubscription(RouterBench.Topic, true), new OutSubscription("second", true)], bench.SentTo(1)!.Subscriptions);
    }

    [Fact]
    public void A_peer_that_subscribes_is_grafted_at_once()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);

        Assert.Equal([RouterBench.Topic], bench.SentTo(1)!.Grafts);
        Assert.True(bench.InMesh(1));
        Assert.Equal([RouterBench.Peer(1)], bench.To(RouterEffectKind.PeerJoined));
    }

    [Fact]
    public void Subscribing_grafts_up_to_D_at_once()
    {
        RouterBench bench = new RouterBench().WithPeers(1, 20);

        bench.Subscribed();

        Assert.Equal(6, bench.Mesh.Count);
        Assert.All(Enumerable.Range(1, 20), i => Assert.True(bench.SentTo(i)!.Subscriptions is [{ Subscribe: true }]));
        Assert.Equal(20, bench.To(RouterEffectKind.PeerJoined).Length);
    }

    [Fact]
    public void Who_is_grafted_depends_on_chance_and_not_on_order()
    {
        HashSet<string> choices = [];
        for (ulong seed = 1; seed <= 20; seed++)
        {
            RouterBench bench = new RouterBench(seed: seed).WithPeers(1, 20).Subscribed();
            choices.Add(string.Join(' ', bench.Mesh.Select(p => p.Id.ToString()).Order(StringComparer.Ordinal)));
        }

        Assert.InRange(choices.Count, 15, 20);
    }

    [Fact]
    public void The_mesh_never_exceeds_its_limit_however_many_graft()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 100);
        for (int i = 1; i <= 100; i++)
        {
            bench.Graft(i);
            Assert.InRange(bench.Mesh.Count, 1, 12);
        }

        Assert.Equal(12, bench.Mesh.Count);
        Assert.Equal(88, bench.Refused(GossipRefusal.GraftMeshFull));
        Assert.Equal(TimeSpan.FromSeconds(60), Assert.Single(bench.SentTo(100)!.Prunes).Backoff);
    }

    [Fact]
    public void A_full_mesh_makes_room_for_peers_we_dialled_up_to_their_quota()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 12);
        for (int i = 1; i <= 12; i++)
        {
            bench.Graft(i);
        }

        Assert.Equal(12, bench.Mesh.Count);
        bench.WithPeers(50, 3, outbound: true);
        bench.Graft(50).Graft(51).Graft(52);

        Assert.Equal(12, bench.Mesh.Count);
        Assert.Equal([true, true, false], new[] { bench.InMesh(50), bench.InMesh(51), bench.InMesh(52) });
    }

    [Fact]
    public void The_heartbeat_restores_the_outbound_quota()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 6).WithPeers(50, 3, outbound: true);
        Assert.DoesNotContain(bench.Mesh, p => p.Outbound);

        bench.Heartbeat();

        Assert.Equal(2, bench.Mesh.Count(p => p.Outbound));
    }

    [Fact]
    public void The_heartbeat_refills_a_mesh_that_fell_below_its_minimum()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 20);
        foreach (PeerState peer in bench.Mesh.Take(2).ToArray())
        {
            bench.Step(RouterInput.PeerDown(peer.Id));
        }

        Assert.Equal(4, bench.Mesh.Count);
        bench.Heartbeat();
        Assert.Equal(6, bench.Mesh.Count);
    }

    [Fact]
    public void A_pruned_peer_is_not_grafted_before_its_backoff_and_one_heartbeat_passed()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        Prune(bench, 1, backoff: 30);
        Assert.False(bench.InMesh(1));

        bench.Heartbeat(30);
        Assert.False(bench.InMesh(1));
        bench.Heartbeat();
        Assert.True(bench.InMesh(1));
    }

    [Theory]
    [InlineData(0UL, 60)]
    [InlineData(1UL, 1)]
    [InlineData((ulong)int.MaxValue, 3_600)]
    [InlineData((ulong)uint.MaxValue, 3_600)]
    [InlineData((ulong)long.MaxValue - 120, 3_600)]
    [InlineData((ulong)long.MaxValue, 3_600)]
    [InlineData(ulong.MaxValue, 3_600)]
    public void A_remote_backoff_is_clamped_and_never_overflows(ulong seconds, int expected)
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        bench.Now = TimeSpan.FromDays(20_000);
        Prune(bench, 1, seconds);

        bench.Heartbeat(Math.Min(120, expected));
        Assert.False(bench.InMesh(1));
        bench.Heartbeat(expected - Math.Min(120, expected) + 1);
        Assert.True(bench.InMesh(1));
    }

    [Fact]
    public void A_prune_does_not_shorten_a_standing_backoff()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        Prune(bench, 1, backoff: 60);
        Prune(bench, 1, backoff: 1);

        bench.Heartbeat(60);
        Assert.False(bench.InMesh(1));
    }

    [Fact]
    public void A_graft_in_backoff_is_pruned_charged_twice_when_it_is_a_flood_and_renews_the_backoff()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        Prune(bench, 1, backoff: 60);

        bench.Graft(1);
        Assert.False(bench.InMesh(1));
        Assert.Single(bench.SentTo(1)!.Prunes);
        Assert.Equal(2, bench.State.Peers[RouterBench.Peer(1)].Score.Behaviour);

        bench.Now += TimeSpan.FromSeconds(30);
        bench.Graft(1);
        Assert.Equal(3, bench.State.Peers[RouterBench.Peer(1)].Score.Behaviour);
        Assert.Equal(2, bench.Refused(GossipRefusal.GraftInBackoff));

        bench.Heartbeat(59);
        Assert.False(bench.InMesh(1));
    }

    [Fact]
    public void A_backoff_outlives_the_connection()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        Prune(bench, 1, backoff: 60);

        bench.Step(RouterInput.PeerDown(RouterBench.Peer(1))).WithPeers(1, 1);

        Assert.False(bench.InMesh(1));
        Assert.Single(bench.Graft(1).SentTo(1)!.Prunes);
    }

    [Fact]
    public void Unsubscribing_prunes_the_mesh_with_a_short_backoff_and_tells_everybody()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 20);
        PeerState[] mesh = [.. bench.Mesh];

        bench.Step(RouterInput.Unsubscribe(RouterBench.Topic));

        Assert.Equal(20, bench.To(RouterEffectKind.SendRpc).Length);
        Assert.All(bench.Effects.Select(e => e.Rpc!), rpc => Assert.Equal([new OutSubscription(RouterBench.Topic, false)], rpc.Subscriptions));
        Assert.Equal(mesh.Select(p => p.Id).Order(), bench.Effects.Where(e => e.Rpc!.Prunes is [{ Backoff.TotalSeconds: 10 }]).Select(e => e.Peer).Order());
        bench.Receive(1, RouterBench.Message("late"));
        Assert.Empty(bench.Effects);
    }

    [Fact]
    public void A_peer_of_version_1_0_gets_a_prune_without_backoff()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1, PeerProtocol.Meshsub10);

        bench.Step(RouterInput.Unsubscribe(RouterBench.Topic));

        Assert.Null(Assert.Single(bench.SentTo(1)!.Prunes).Backoff);
    }

    [Fact]
    public void A_peer_with_a_bad_score_is_not_grafted_and_leaves_the_mesh()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 2);
        PeerScores.Invalid(bench.State.Peers[RouterBench.Peer(1)]);

        bench.Heartbeat();
        Assert.Equal([false, true], new[] { bench.InMesh(1), bench.InMesh(2) });

        bench.Now += TimeSpan.FromSeconds(61);
        bench.Graft(1);
        Assert.False(bench.InMesh(1));
        Assert.Equal(1, bench.Refused(GossipRefusal.GraftBadScore));
    }

    [Fact]
    public void A_disconnected_peer_leaves_nothing_behind_and_a_reopened_stream_gets_hello_and_grafts_again()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);

        bench.Step(RouterInput.PeerUp(RouterBench.Peer(1), PeerProtocol.Meshsub12, false));
        Assert.Single(bench.SentTo(1)!.Subscriptions);
        Assert.Equal([RouterBench.Topic], bench.SentTo(1)!.Grafts);

        bench.Step(RouterInput.PeerDown(RouterBench.Peer(1)));
        Assert.Equal([RouterBench.Peer(1)], bench.To(RouterEffectKind.PeerLeft));
        Assert.Empty(bench.State.Peers);
        Assert.Empty(bench.Mesh);
        Assert.Empty(bench.State.Topics[RouterBench.Topic.Key].Subscribers);
    }

    [Fact]
    public void A_stream_that_turns_out_to_speak_floodsub_leaves_the_mesh()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);

        bench.Step(RouterInput.Negotiated(RouterBench.Peer(1), PeerProtocol.Floodsub));

        Assert.Empty(bench.Mesh);
        Assert.Equal([RouterBench.Peer(1)], bench.Publish(RouterBench.Message("a")).To(RouterEffectKind.SendOwn));
    }

    [Fact]
    public void Only_protocols_of_our_own_list_are_chosen()
    {
        Assert.Equal("/meshsub/1.1.0", PeerProtocols.Best(["/meshsub/2.0.0", "/meshsub/1.4.0", "/floodsub/1.0.0", "/meshsub/1.1.0"]));
        Assert.Null(PeerProtocols.Best(["/meshsub/2.0.0", "/meshsub/1.3.0"]));
        Assert.Equal(PeerProtocol.None, PeerProtocols.Of("/meshsub/2.0.0"));
    }
}
