using P2P.PubSub.Messages;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Routing;

/// <summary>Floods of everything a peer may send: state stays bounded, the score falls, answers stay small.</summary>
public sealed class HostileTests
{
    private static TopicKey Novel(int number) => TopicKey.Of(BitConverter.GetBytes(number));

    [Fact]
    public void A_million_novel_GRAFTs_leave_no_state_get_no_answer_and_end_on_the_graylist()
    {
        // CVE-2026-95859
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        int topic = 0;
        for (int i = 0; i < 1_000; i++)
        {
            bench.Receive(1, rpc => rpc.Grafts.AddRange(Enumerable.Range(topic, 1_000).Select(Novel)));
            topic += 1_000;
            Assert.Empty(bench.Effects);
        }

        Assert.Single(bench.State.Topics);
        Assert.Equal(0, bench.State.Backoffs.Count);
        Assert.Single(bench.State.Peers[RouterBench.Peer(1)].Topics);
        Assert.True(bench.State.Scores.Graylists(bench.State.Peers[RouterBench.Peer(1)]));
        Assert.True(bench.Refused(GossipRefusal.Graylisted) > 990);
    }

    [Fact]
    public void Sixteen_GRAFTs_that_crossed_our_unsubscription_cost_nothing()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);

        bench.Receive(1, rpc => rpc.Grafts.AddRange(Enumerable.Range(0, 16).Select(Novel)));

        Assert.True(bench.State.Peers[RouterBench.Peer(1)].Score.IsClean);
    }

    [Fact]
    public void Novel_subscriptions_stop_at_the_topics_a_peer_may_have_and_go_with_it()
    {
        // CVE-2026-46679
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        for (int i = 0; i < 100_000; i += 100)
        {
            bench.Receive(1, rpc => rpc.Subscriptions.AddRange(Enumerable.Range(i, 100).Select(t => new SubscriptionChange(Novel(t), true))));
        }

        Assert.Equal(1_152, bench.State.Peers[RouterBench.Peer(1)].Topics.Count);
        Assert.Single(bench.State.Topics);
        Assert.True(bench.State.Scores.Graylists(bench.State.Peers[RouterBench.Peer(1)]));
        bench.Step(RouterInput.PeerDown(RouterBench.Peer(1)));
        Assert.Empty(bench.State.Peers);
    }

    [Fact]
    public void Flipping_a_subscription_is_cut_off()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        int effects = 0;
        for (int i = 0; i < 100_000; i++)
        {
            effects += bench.Receive(1, rpc => rpc.Subscriptions.Add(new SubscriptionChange(RouterBench.Topic.Key, i % 2 == 1))).Effects.Count;
        }

        Assert.InRange(effects, 1, 3 * 2 * 1_152);
        Assert.True(bench.Refused(GossipRefusal.SubscriptionFlood) > 0);
        Assert.True(bench.Refused(GossipRefusal.Graylisted) > 0);
    }

    [Fact]
    public void Prunes_with_the_largest_backoff_then_two_minutes_of_heartbeats_are_survived()
    {
        // CVE-2026-34219
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 50);
        bench.Now = TimeSpan.FromDays(10_000);
        for (int i = 1; i <= 50; i++)
        {
            bench.Receive(i, rpc => rpc.Prunes.Add(new Prune(RouterBench.Topic.Key, ulong.MaxValue)));
        }

        bench.Heartbeat(120);

        Assert.Empty(bench.Mesh);
        Assert.Equal(50, bench.State.Backoffs.Count);
        bench.Now += TimeSpan.FromHours(1);
        bench.Heartbeat();
        Assert.Equal(0, bench.State.Backoffs.Count);
        Assert.Equal(6, bench.Mesh.Count);
    }

    [Fact]
    public void The_backoff_table_keeps_to_its_cap_while_peers_come_and_go()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { BackoffsMax = 100 }).Subscribed();
        for (int i = 1; i <= 1_000; i++)
        {
            bench.WithPeers(i, 1).Receive(i, rpc => rpc.Prunes.Add(new Prune(RouterBench.Topic.Key, 3_600)));
            bench.Step(RouterInput.PeerDown(RouterBench.Peer(i)));
        }

        Assert.Equal(100, bench.State.Backoffs.Count);
        Assert.Equal(900, bench.Refused(GossipRefusal.BackoffTableFull));
    }

    [Fact]
    public void Stray_prunes_end_on_the_graylist()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        bench.Receive(1, rpc => rpc.Prunes.AddRange(Enumerable.Range(0, 1_000).Select(i => new Prune(Novel(i), 1))));

        Assert.Equal(0, bench.State.Backoffs.Count);
        Assert.True(bench.State.Scores.Graylists(bench.State.Peers[RouterBench.Peer(1)]));
    }

    [Fact]
    public void A_minute_of_IHAVE_floods_is_bounded_in_answers_and_state_and_ends_on_the_graylist()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        int id = 0;
        int asked = 0;
        for (int second = 0; second < 60; second++)
        {
            for (int i = 0; i < 100; i++)
            {
                bench.Receive(1, rpc => rpc.IHaves.Add(new IHave(RouterBench.Topic.Key, [.. Enumerable.Range(id, 500).Select(RouterBench.Id)])));
                asked += bench.SentTo(1)?.IWants.Count ?? 0;
                id += 500;
            }

            bench.Heartbeat();
        }

        // Ten RPCs a second until the graylist; three million ids were offered.
        Assert.InRange(asked, 5_000, 4 * 5_000);
        Assert.InRange(bench.State.Peers[RouterBench.Peer(1)].Promises.Count, 0, 40);
        Assert.True(bench.State.Scores.Graylists(bench.State.Peers[RouterBench.Peer(1)]));
    }

    [Fact]
    public void A_minute_of_IDONTWANT_floods_is_bounded_and_ends_on_the_graylist()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        int id = 0;
        for (int second = 0; second < 60; second++)
        {
            for (int i = 0; i < 10; i++)
            {
                bench.Receive(1, rpc => rpc.IDontWants.AddRange(Enumerable.Range(id, 1_000).Select(RouterBench.Id)));
                id += 1_000;
                Assert.InRange(bench.State.Peers[RouterBench.Peer(1)].DontWant.Count, 0, 1_000);
            }

            bench.Heartbeat();
        }

        // It comes back for a heartbeat whenever its score has recovered; of 600 RPCs few are read.
        Assert.InRange(bench.Refused(GossipRefusal.Graylisted), 200, 600);
    }

    [Fact]
    public void A_flood_of_novel_messages_keeps_every_cache_at_its_cap()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { SeenMax = 1_000, MessageCacheBytesMax = 65_536 }).Subscribed().WithPeers(1, 3);
        for (int i = 0; i < 20_000; i++)
        {
            bench.Receive(1, RouterBench.Message($"novel {i}"));
        }

        Assert.Equal(1_000, bench.State.Seen.Count);
        Assert.InRange(bench.State.Cache.Bytes, 1, 65_536);
    }

    [Fact]
    public void Bad_signatures_do_not_grow_the_seen_cache()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { SeenMax = 100 })
            .Subscribed(RouterBench.Rules with { Validates = true });
        for (int i = 0; i < 1_000; i++)
        {
            WireMessage message = RouterBench.Message($"forged {i}");
            bench.WithPeers(i + 1, 1).Receive(i + 1, message);
            bench.Step(RouterInput.Validated(RouterBench.Topic, RouterBench.IdOf(message), ValidationResult.BadSignature));
            bench.Step(RouterInput.PeerDown(RouterBench.Peer(i + 1)));
        }

        Assert.Equal(0, bench.State.Seen.Count);
    }

    [Fact]
    public void Reconnecting_does_not_wash_a_score_clean_but_time_does()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        bench.State.Peers[RouterBench.Peer(1)].Score.Invalid = 5;

        bench.Step(RouterInput.PeerDown(RouterBench.Peer(1))).WithPeers(1, 1);
        Assert.Equal(-250, bench.Score(1));
        Assert.Empty(bench.Receive(1, RouterBench.Message("a")).Effects);

        bench.Step(RouterInput.PeerDown(RouterBench.Peer(1))).Heartbeat(600).WithPeers(1, 1);
        Assert.Equal(0, bench.Score(1));
    }

    [Fact]
    public void More_peers_than_the_limit_are_not_spoken_to()
    {
        RouterBench bench = new RouterBench(new PubSubOptions { PeersMax = 3 }).Subscribed().WithPeers(1, 5);

        Assert.Equal(3, bench.State.Peers.Count);
        Assert.Equal(2, bench.Refused(GossipRefusal.TooManyPeers));
    }

    [Fact]
    public void An_RPC_of_an_unknown_peer_does_nothing()
    {
        RouterBench bench = new RouterBench().Subscribed();

        Assert.Empty(bench.Receive(1, RouterBench.Message("a")).Effects);
    }

    [Fact]
    public void A_peer_of_another_make_that_is_over_one_of_our_limits_once_a_second_is_never_punished()
    {
        RouterBench bench = new RouterBench().Subscribed().WithPeers(1, 1);
        for (int i = 0; i < 1_000; i++)
        {
            bench.Receive(1, rpc => rpc.Refusals.Add(GossipRefusal.ControlTooLong)).Heartbeat();
            Assert.Equal(0, bench.Score(1));
        }
    }
}
