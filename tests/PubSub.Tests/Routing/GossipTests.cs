using P2P.PubSub.Messages;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Routing;

public sealed class GossipTests
{
    private static Action<Rpc> IHave(params MessageId[] ids) => rpc => rpc.IHaves.Add(new IHave(RouterBench.Topic.Key, [.. ids]));

    private static Action<Rpc> IWant(params MessageId[] ids) => rpc => rpc.IWants.AddRange(ids);

    [Fact]
    public void A_heartbeat_tells_peers_outside_the_mesh_for_three_heartbeats()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { FloodPublish = false }).Subscribed().WithPeers(1, 30);
        WireMessage message = RouterBench.Message("a");
        bench.Publish(message);
        for (int i = 0; i < 3; i++)
        {
            bench.Heartbeat();
            RouterEffect[] told = [.. bench.Effects.Where(e => e.Rpc is { IHaves.Count: > 0 })];
            Assert.Equal(6, told.Length);
            Assert.All(told, e => Assert.DoesNotContain(bench.Mesh, p => p.Id == e.Peer));
            Assert.All(told, e => Assert.Equal([RouterBench.IdOf(message)], Assert.Single(e.Rpc!.IHaves).Ids));
        }

        Assert.Empty(bench.Heartbeat().Effects);
    }

    [Fact]
    public void A_quarter_of_many_peers_is_told()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 106);
        bench.Publish(RouterBench.Message("a")).Heartbeat();

        Assert.Equal(25, bench.Effects.Count(e => e.Rpc is { IHaves.Count: > 0 }));
    }

    [Fact]
    public void An_unknown_id_is_asked_for_and_a_known_one_is_not()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        WireMessage known = RouterBench.Message("known");
        bench.Receive(1, known);

        bench.Receive(1, IHave(RouterBench.IdOf(known), RouterBench.Id(1), RouterBench.Id(1)));

        Assert.Equal([RouterBench.Id(1)], bench.SentTo(1)!.IWants);
    }

    [Fact]
    public void Ids_of_topics_we_are_not_in_are_not_asked_for()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);

        bench.Receive(1, rpc => rpc.IHaves.Add(new IHave(new TopicId("elsewhere").Key, [RouterBench.Id(1)])));

        Assert.Empty(bench.Effects);
    }

    [Fact]
    public void One_message_is_asked_of_three_peers_a_heartbeat()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 5);
        int asked = Enumerable.Range(1, 5).Count(i => bench.Receive(i, IHave(RouterBench.Id(1))).SentTo(i) is not null);
        Assert.Equal(3, asked);

        bench.Heartbeat().Receive(5, IHave(RouterBench.Id(1)));
        Assert.NotNull(bench.SentTo(5));
    }

    [Fact]
    public void At_most_ten_IHAVEs_are_read_in_a_heartbeat()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        for (int i = 0; i < 10; i++)
        {
            Assert.NotNull(bench.Receive(1, IHave(RouterBench.Id(i))).SentTo(1));
        }

        Assert.Null(bench.Receive(1, IHave(RouterBench.Id(10))).SentTo(1));
        Assert.Equal(1, bench.Refused(GossipRefusal.IHaveFlood));
        Assert.NotNull(bench.Heartbeat().Receive(1, IHave(RouterBench.Id(10))).SentTo(1));
    }

    [Fact]
    public void At_most_5000_ids_are_asked_of_a_peer_in_a_heartbeat()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        int asked = 0;
        for (int i = 0; i < 5; i++)
        {
            bench.Receive(1, IHave([.. Enumerable.Range(i * 2_000, 2_000).Select(RouterBench.Id)]));
            asked += bench.SentTo(1)?.IWants.Count ?? 0;
        }

        Assert.Equal(5_000, asked);
    }

    [Fact]
    public void A_wanted_message_is_sent_three_times_to_a_peer_and_no_more()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 2);
        WireMessage message = RouterBench.Message("a");
        bench.Publish(message);
        for (int i = 0; i < 3; i++)
        {
            Assert.Single(bench.Receive(1, IWant(RouterBench.IdOf(message))).To(RouterEffectKind.SendWanted));
        }

        Assert.Empty(bench.Receive(1, IWant(RouterBench.IdOf(message))).Effects);
        Assert.Equal(1, bench.Refused(GossipRefusal.IWantRetransmit));
        Assert.Single(bench.Receive(2, IWant(RouterBench.IdOf(message))).To(RouterEffectKind.SendWanted));
    }

    [Fact]
    public void A_message_can_be_asked_for_during_five_heartbeats()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        WireMessage message = RouterBench.Message("a");
        bench.Publish(message).Heartbeat(4);
        Assert.Single(bench.Receive(1, IWant(RouterBench.IdOf(message))).Effects);

        bench.Heartbeat();
        Assert.Empty(bench.Receive(1, IWant(RouterBench.IdOf(message))).Effects);
    }

    [Fact]
    public void A_flood_of_IWANTs_is_cut_at_5000_ids_a_heartbeat()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        for (int i = 0; i < 6; i++)
        {
            bench.Receive(1, IWant([.. Enumerable.Range(i * 1_000, 1_000).Select(RouterBench.Id)]));
        }

        Assert.Equal(1, bench.Refused(GossipRefusal.IWantFlood));
        Assert.True(bench.State.Peers[RouterBench.Peer(1)].Score.Behaviour > 0);
    }

    [Fact]
    public void A_promise_that_is_broken_is_charged_and_one_that_anybody_keeps_is_not()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 2);
        WireMessage kept = RouterBench.Message("kept");
        bench.Receive(1, IHave(RouterBench.Id(1))).Receive(2, IHave(RouterBench.IdOf(kept)));
        bench.Receive(1, kept);

        bench.Heartbeat(4);

        Assert.Equal(1, bench.Refused(GossipRefusal.BrokenPromise));
        Assert.True(bench.State.Peers[RouterBench.Peer(1)].Score.Behaviour > 0.9);
        Assert.Equal(0, bench.State.Peers[RouterBench.Peer(2)].Score.Behaviour);
    }

    [Fact]
    public void A_peer_below_the_gossip_threshold_is_neither_asked_nor_answered_nor_told()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        WireMessage message = RouterBench.Message("a");
        bench.Publish(message);
        bench.State.Peers[RouterBench.Peer(1)].Score.Invalid = 2;

        Assert.Empty(bench.Receive(1, IHave(RouterBench.Id(1))).Effects);
        Assert.Empty(bench.Receive(1, IWant(RouterBench.IdOf(message))).Effects);
        bench.Heartbeat();
        Assert.DoesNotContain(bench.Effects, e => e.Rpc is { IHaves.Count: > 0 });
    }

    [Fact]
    public void A_long_message_is_followed_by_IDONTWANT_to_the_rest_of_the_mesh_that_knows_it()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 2).WithPeers(3, 1, PeerProtocol.Meshsub11);
        WireMessage message = RouterBench.Message(bytes: 1_024, fill: 1);

        bench.Receive(1, message);

        Assert.Null(bench.SentTo(1));
        Assert.Equal([RouterBench.IdOf(message)], bench.SentTo(2)!.IDontWants);
        Assert.Null(bench.SentTo(3));
        Assert.Null(bench.Receive(1, RouterBench.Message(bytes: 1_023, fill: 1)).SentTo(2));
    }

    [Fact]
    public void A_message_that_a_peer_does_not_want_is_not_passed_on_to_it_for_a_while()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 3);
        WireMessage message = RouterBench.Message("a");

        bench.Receive(2, rpc => rpc.IDontWants.Add(RouterBench.IdOf(message))).Receive(1, message);
        Assert.Equal([RouterBench.Peer(3)], bench.To(RouterEffectKind.Forward));

        bench.Heartbeat(3);
        Assert.Empty(bench.State.Peers[RouterBench.Peer(2)].DontWant);
    }

    [Fact]
    public void At_most_1000_unwanted_ids_are_remembered_for_a_peer()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);

        bench.Receive(1, rpc => rpc.IDontWants.AddRange(Enumerable.Range(0, 3_000).Select(RouterBench.Id)));

        Assert.Equal(1_000, bench.State.Peers[RouterBench.Peer(1)].DontWant.Count);
        Assert.Equal(1, bench.Refused(GossipRefusal.IDontWantFlood));
    }
}
