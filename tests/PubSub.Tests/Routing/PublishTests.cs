using P2P.PubSub.Messages;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Routing;

public sealed class PublishTests
{
    private static RouterEffect Published(RouterBench bench) => bench.Effects.Single(e => e.Kind == RouterEffectKind.Published);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    public void A_small_topic_gets_every_own_message_at_once_without_a_heartbeat(int peers)
    {
        RouterBench bench = new RouterBench(new PubSubOptions { FloodPublish = false }).Subscribed().WithPeers(1, peers);

        bench.Publish(RouterBench.Message("a"));

        Assert.Equal(peers, bench.To(RouterEffectKind.SendOwn).Length);
        Assert.Equal(peers, Published(bench).Count);
    }

    [Fact]
    public void A_large_topic_without_flood_publish_uses_the_mesh()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { FloodPublish = false }).Subscribed().WithPeers(1, 17);

        bench.Publish(RouterBench.Message("a"));

        Assert.Equal(bench.Mesh.Select(p => p.Id).Order(), bench.To(RouterEffectKind.SendOwn).Order());
        Assert.Equal(6, Published(bench).Count);
    }

    [Fact]
    public void A_large_topic_with_flood_publish_gets_it_everywhere()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 40);

        Assert.Equal(40, Published(bench.Publish(RouterBench.Message("a"))).Count);
    }

    [Fact]
    public void Floodsub_peers_get_everything_and_are_never_grafted()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { FloodPublish = false, SmallTopicPeersMax = 0 })
            .Subscribed().WithPeers(1, 20, PeerProtocol.Floodsub);

        Assert.Equal(20, Published(bench.Publish(RouterBench.Message("a"))).Count);
        bench.Receive(1, RouterBench.Message("b"));
        Assert.Equal(19, bench.To(RouterEffectKind.Forward).Length);
        bench.Heartbeat(3).Graft(1);
        Assert.Empty(bench.Mesh);
        Assert.Empty(bench.Effects);
    }

    [Fact]
    public void Publishing_without_subscribers_reports_none_and_tells_whoever_joins_in_time()
    {
        RouterBench bench = new RouterBench().Subscribed();
        WireMessage message = RouterBench.Message("a");

        Assert.Equal(0, Published(bench.Publish(message)).Count);
        bench.WithPeers(1, 1);

        OutIHave told = Assert.Single(bench.SentTo(1)!.IHaves);
        Assert.Equal(RouterBench.IdOf(message), Assert.Single(told.Ids));
    }

    [Fact]
    public void A_joiner_that_flips_its_subscription_is_told_once()
    {
        RouterBench bench = new RouterBench().Subscribed();
        bench.Publish(RouterBench.Message("a"));
        bench.WithPeers(1, 1);

        bench.Receive(1, rpc => rpc.Subscriptions.Add(new SubscriptionChange(RouterBench.Topic.Key, false)));
        bench.Receive(1, rpc => rpc.Subscriptions.Add(new SubscriptionChange(RouterBench.Topic.Key, true)));

        Assert.Empty(bench.SentTo(1)?.IHaves ?? []);
    }

    [Fact]
    public void A_publish_that_waits_is_sent_when_the_first_subscriber_comes()
    {
        RouterBench bench = new();
        TopicRules waits = RouterBench.Rules with { WaitsAlone = true };
        bench.Subscribed(waits).Publish(RouterBench.Message("a"), token: 42);
        Assert.Empty(bench.Effects);

        bench.WithPeers(1, 1);

        Assert.Equal([RouterBench.Peer(1)], bench.To(RouterEffectKind.SendOwn));
        Assert.Equal((42, 1), (Published(bench).Token, Published(bench).Count));
    }

    [Fact]
    public void A_waiting_publish_that_is_cancelled_is_not_sent()
    {
        RouterBench bench = new RouterBench().Subscribed(RouterBench.Rules with { WaitsAlone = true });
        bench.Publish(RouterBench.Message("a"), token: 42);

        bench.Step(RouterInput.CancelPublish(RouterBench.Topic, 42)).WithPeers(1, 1);

        Assert.Empty(bench.To(RouterEffectKind.SendOwn));
    }

    [Fact]
    public void Waiting_publishes_are_bounded()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { ParkedPublishesMax = 2 })
            .Subscribed(RouterBench.Rules with { WaitsAlone = true });
        bench.Publish(RouterBench.Message("a"), 1).Publish(RouterBench.Message("b"), 2);
        Assert.Empty(bench.Effects);

        bench.Publish(RouterBench.Message("c"), 3);

        Assert.Equal((3, 0), (Published(bench).Token, Published(bench).Count));
        Assert.Equal(1, bench.Refused(GossipRefusal.TooManyParked));
    }

    [Fact]
    public void The_same_content_published_twice_is_sent_once()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 2);
        bench.Publish(RouterBench.Message("a"));

        bench.Publish(RouterBench.Message("a"), token: 2);

        Assert.Empty(bench.To(RouterEffectKind.SendOwn));
        Assert.Equal(0, Published(bench).Count);
    }

    [Fact]
    public void An_own_message_coming_back_is_a_duplicate()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 2);
        bench.Publish(RouterBench.Message("a")).Receive(1, RouterBench.Message("a"));

        Assert.Empty(bench.Effects);
    }

    [Fact]
    public void Fan_out_publishes_without_subscribing_to_the_same_peers_until_its_ttl()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { FloodPublish = false, SmallTopicPeersMax = 0 }).WithPeers(1, 30);

        bench.Publish(RouterBench.Message("a"));
        var first = bench.To(RouterEffectKind.SendOwn).Order().ToArray();
        bench.Heartbeat(30).Publish(RouterBench.Message("b"));
        Assert.Equal(first, bench.To(RouterEffectKind.SendOwn).Order());
        Assert.Equal(6, first.Length);

        bench.Heartbeat(59);
        Assert.Single(bench.State.Topics);
        bench.Heartbeat(1);
        Assert.Empty(bench.State.Topics);
    }

    [Fact]
    public void Fan_out_peers_become_the_mesh_when_we_subscribe()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { FloodPublish = false, SmallTopicPeersMax = 0 }).WithPeers(1, 30);
        bench.Publish(RouterBench.Message("a"));
        var fanout = bench.To(RouterEffectKind.SendOwn).Order().ToArray();

        bench.Subscribed();

        Assert.Equal(fanout, bench.Mesh.Select(p => p.Id).Order());
    }
}
