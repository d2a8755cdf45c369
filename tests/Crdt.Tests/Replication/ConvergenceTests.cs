using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

public sealed class ConvergenceTests
{
    private const int Histories = 1_000;

    [Fact]
    public void Any_delivery_order_with_duplicates_gives_the_same_heads_order_and_frontier()
    {
        for (ulong seed = 0; seed < Histories; seed++)
        {
            SeededChance chance = new(seed);
            List<Event> history = RandomHistory.Make(chance, events: 6 + chance.Below(18), authors: 1 + chance.Below(4), forks: false);
            string expected = Deliver(history, seed).State;
            for (int order = 0; order < 3; order++)
            {
                Event[] shuffled = [.. history, .. history.Where(_ => chance.Below(3) == 0)];
                chance.Shuffle<Event>(shuffled);
                CoreBench bench = Deliver(shuffled, seed);
                Assert.True(expected == bench.State, $"Seed {seed}: {expected} against {bench.State}");
                Assert.Equal(0, bench.Core.Pool.Count);
            }
        }
    }

    [Fact]
    public void With_forking_authors_too_every_delivery_order_ends_in_one_state()
    {
        int forked = 0;
        int hidden = 0;
        for (ulong seed = 0; seed < Histories; seed++)
        {
            SeededChance chance = new(seed);
            List<Event> history = RandomHistory.Make(chance, events: 6 + chance.Below(18), authors: 2 + chance.Below(3), forks: true);
            CoreBench first = Deliver(history, seed);
            forked += first.Core.State.Clock.Flagged.Count;
            hidden += first.Core.State.Graph.ByArrival.Count(static n => !n.IsVisible);
            for (int order = 0; order < 3; order++)
            {
                Event[] shuffled = [.. history];
                chance.Shuffle<Event>(shuffled);
                CoreBench bench = Deliver(shuffled, seed);
                Assert.True(first.State == bench.State, $"Seed {seed}: {first.State} against {bench.State}");
            }
        }

        Assert.True(forked > Histories / 4, $"Only {forked} forks: the generator tests nothing.");
        Assert.True(hidden > 0, "No event was ever hidden: the generator tests nothing.");
    }

    [Fact]
    public void The_canonical_order_is_a_linear_extension_and_changes_come_after_their_causes()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            SeededChance chance = new(seed);
            Event[] history = [.. RandomHistory.Make(chance, events: 24, authors: 4, forks: true)];
            chance.Shuffle<Event>(history);
            CoreBench bench = Deliver(history, seed);

            HashSet<EventNode> before = [];
            foreach (EventNode node in bench.Core.State.Clock.Canonical())
            {
                Assert.All(node.Links, link => Assert.Contains(link, before));
                before.Add(node);
            }

            HashSet<EventNode> visible = [];
            foreach (ChangeRecord change in bench.Changes.Read(0, int.MaxValue))
            {
                Assert.NotEqual(change.Kind == ReplicaChangeKind.Retracted, visible.Add(change.Node));
                if (change.Kind == ReplicaChangeKind.Retracted)
                {
                    visible.Remove(change.Node);
                    Assert.DoesNotContain(visible, node => node.Links.Contains(change.Node));
                }
                else
                {
                    Assert.All(change.Node.Links, link => Assert.Contains(link, visible));
                }
            }

            Assert.Equal(bench.Core.State.Clock.VisibleCount, visible.Count);
        }
    }

    [Fact]
    public void Heads_and_visibility_agree_with_their_definition()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            SeededChance chance = new(seed);
            Event[] history = [.. RandomHistory.Make(chance, events: 20, authors: 3, forks: true)];
            chance.Shuffle<Event>(history);
            CoreBench bench = Deliver(history, seed);

            // visible(S) = events outside every fork tail, and all their ancestors.
            HashSet<EventNode> visible = [];
            Stack<EventNode> work = new(bench.Core.State.Graph.ByArrival.Where(static n => n.Sequence < n.Author.ForkSequence));
            while (work.TryPop(out EventNode? node))
            {
                if (visible.Add(node))
                {
                    Array.ForEach(node.Links, work.Push);
                }
            }

            Assert.Equal(visible.Select(static n => n.Cid).Order(), bench.Core.State.Clock.Canonical().Select(static n => n.Cid).Order());
            Assert.Equal(
                visible.Where(n => !visible.Any(child => child.Links.Contains(n))).Select(static n => n.Cid).Order(),
                bench.Core.PublishedHeads);
        }
    }

    [Fact]
    public void The_past_index_agrees_with_a_walk_of_the_graph()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            SeededChance chance = new(seed);
            CoreBench bench = Deliver(RandomHistory.Make(chance, events: 30, authors: 5, forks: true), seed);
            Dictionary<EventNode, HashSet<EventNode>> pasts = [];
            foreach (EventNode node in bench.Core.State.Graph.ByArrival)
            {
                HashSet<EventNode> past = [node];
                Array.ForEach(node.Links, link => past.UnionWith(pasts[link]));
                pasts[node] = past;
                Assert.All(bench.Core.State.Graph.ByArrival, other => Assert.Equal(past.Contains(other), node.Includes(other)));
            }
        }
    }

    internal static CoreBench Deliver(IEnumerable<Event> events, ulong seed)
    {
        CoreBench bench = new(seed: seed);
        foreach (Event delivered in events)
        {
            bench.GiveVerified(delivered); // signatures have their own tests
        }

        return bench;
    }
}
