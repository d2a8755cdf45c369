using P2P.Core.Runtime;
using P2P.PubSub.Routing;
using P2P.PubSub.Tests.Routing;

namespace P2P.PubSub.Tests.Simulation;

public sealed class SwarmTests
{
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(1, 10).Select(i => (ulong)i)];

    // S10. (No GRAFT during backoff is checked by the receiver: none is refused for it, see below.)
    private static void MeshIsInBounds(int node, GossipRouter router)
    {
        foreach (TopicState topic in router.State.Topics.Values)
        {
            Assert.InRange(topic.Mesh.Count, 0, 12);
            Assert.True(topic.Mesh.IsSubsetOf(topic.Subscribers), $"Node {node} has a mesh peer that is no subscriber.");
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Fifty_nodes_with_a_tenth_of_all_RPCs_lost_deliver_everything(ulong seed)
    {
        GossipWorld world = new(50, seed) { Loss = 0.1, Invariant = MeshIsInBounds };
        world.ConnectRandomly(6);
        world.Run(TimeSpan.FromSeconds(3));
        List<MessageId> published = [];
        for (int i = 0; i < 100; i++)
        {
            published.Add(world.Publish(i % 50, $"message {i} of seed {seed}"));
            world.Run(TimeSpan.FromMilliseconds(50));
        }

        world.Run(TimeSpan.FromSeconds(10));

        Assert.All(published, id => Assert.Equal(50, world.Reached(id)));
        Assert.True(world.Routers.Sum(r => r.Counters.IWantIdsSent) > 0, "Nothing was recovered by IWANT: the loss is not real.");
    }

    [Fact]
    public void Without_gossip_the_same_swarm_loses_messages()
    {
        // Negative control: mesh alone, one heartbeat of memory, no advertisement.
        PubSubOptions options = new() { GossipPeersMin = 0, GossipFactor = 0, FloodPublish = false, SmallTopicPeersMax = 0, MeshSize = 2, MeshSizeMin = 1 };
        GossipWorld world = new(50, 1, options) { Loss = 0.4 };
        world.ConnectRandomly(6);
        world.Run(TimeSpan.FromSeconds(3));
        MessageId[] published = [.. Enumerable.Range(0, 50).Select(i => world.Publish(i, $"message {i}"))];

        world.Run(TimeSpan.FromSeconds(10));

        Assert.Contains(published, id => world.Reached(id) < 50);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void In_a_small_group_the_first_message_arrives_without_a_heartbeat(int nodes)
    {
        PubSubOptions options = new() { HeartbeatInterval = TimeSpan.FromHours(1) };
        GossipWorld world = new(nodes, 1, options);
        for (int i = 1; i < nodes; i++)
        {
            world.Connect(0, i);
        }

        // One delay for the hello, one more for the message; nodes other than 0 hear each other through 0.
        world.Run(world.DelayMax);
        MessageId id = world.Publish(0, "first");
        world.Run(world.DelayMax);
        Assert.Equal(nodes, world.Reached(id));

        MessageId second = world.Publish(1, "second");
        world.Run(2 * world.DelayMax);
        Assert.Equal(nodes, world.Reached(second));
    }

    [Fact]
    public void A_message_published_before_the_hello_arrived_is_not_lost()
    {
        PubSubOptions options = new() { HeartbeatInterval = TimeSpan.FromHours(1) };
        GossipWorld world = new(3, 1, options);
        world.Run(TimeSpan.FromSeconds(1));
        MessageId early = world.Publish(0, "nobody is here yet");
        world.Run(TimeSpan.FromSeconds(1));
        world.Connect(0, 1);
        world.Connect(0, 2);

        // hello, IHAVE, IWANT, message
        world.Run(4 * world.DelayMax);

        Assert.Equal(3, world.Reached(early));
    }

    [Fact]
    public void The_mesh_fills_everywhere_and_nobody_grafts_in_backoff()
    {
        GossipWorld world = new(100, 3) { Invariant = MeshIsInBounds };
        world.ConnectRandomly(10);
        world.Run(TimeSpan.FromSeconds(150));

        Assert.All(world.Routers, router => Assert.InRange(router.State.Topics[RouterBench.Topic.Key].Mesh.Count, 5, 12));
        Assert.Equal(0, world.Routers.Sum(router => router.Counters[GossipRefusal.GraftInBackoff]));
        Assert.Equal(0, world.Routers.Sum(router => router.State.Peers.Values.Count(peer => router.State.Scores.Of(peer) < 0)));
    }

    [Fact]
    public void Nodes_that_leave_are_replaced_in_the_mesh()
    {
        GossipWorld world = new(50, 4) { Invariant = MeshIsInBounds };
        world.ConnectRandomly(8);
        world.Run(TimeSpan.FromSeconds(3));
        for (int i = 0; i < 10; i++)
        {
            world.Stop(i);
        }

        world.Run(TimeSpan.FromSeconds(3));
        MessageId id = world.Publish(20, "after the leave");
        world.Run(TimeSpan.FromSeconds(5));

        Assert.Equal(40, world.Reached(id));
        Assert.All(world.Routers.Skip(10), router => Assert.InRange(router.State.Topics[RouterBench.Topic.Key].Mesh.Count, 5, 12));
    }

    [Fact]
    public void Equal_seeds_give_equal_runs_and_others_do_not()
    {
        static (long Events, long Arrivals) Run(ulong seed)
        {
            GossipWorld world = new(30, seed) { Loss = 0.2 };
            world.ConnectRandomly(5);
            world.Run(TimeSpan.FromSeconds(2));
            for (int i = 0; i < 30; i++)
            {
                world.Publish(i, $"message {i}");
            }

            world.Run(TimeSpan.FromSeconds(5));
            return (world.Events, world.Arrivals);
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void Random_operations_never_break_an_invariant()
    {
        for (ulong seed = 1; seed <= 100; seed++)
        {
            SeededChance chance = new(seed);
            RouterBench bench = new(new PubSubOptions { SeenMax = 64, BackoffsMax = 32, PeersMax = 16, DontWantIdsMax = 16, TopicsPerPeerMax = 8 }, seed);
            TopicId[] topics = ["a", "b", "c", "d"];
            for (int i = 0; i < 500; i++)
            {
                RandomStep.Apply(bench, chance, topics);
                MeshIsInBounds(0, bench.Router);
                Assert.InRange(bench.State.Seen.Count, 0, 64);
                Assert.InRange(bench.State.Backoffs.Count, 0, 32);
                Assert.InRange(bench.State.Peers.Count, 0, 16);
                Assert.All(bench.State.Peers.Values, peer => Assert.InRange(peer.DontWant.Count, 0, 16));
                Assert.All(bench.State.Topics.Values, topic => Assert.All(topic.Subscribers, peer => Assert.Same(peer, bench.State.Peers[peer.Id])));
                Assert.All(bench.Effects, effect => Assert.True(effect.Kind is RouterEffectKind.Published or RouterEffectKind.PeerLeft
                    or RouterEffectKind.Deliver || bench.State.Peers.ContainsKey(effect.Peer)));
            }
        }
    }
}
