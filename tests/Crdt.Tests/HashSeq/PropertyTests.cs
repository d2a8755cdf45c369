using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Properties 3, 4, 5 and 9 of the specification; docs/hashseq.md says where the others are.</summary>
public sealed class PropertyTests
{
    [Fact]
    public void P3_an_honest_author_finds_every_slot_empty_and_every_id_new_and_siblings_never_saw_each_other() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            TestReplica[] replicas = [.. Enumerable.Range(0, 2 + chance.Below(3)).Select(i => new TestReplica(i))];
            Oracle[] views = [.. replicas.Select(_ => new Oracle())];
            for (int step = 20 + chance.Below(20); step > 0; step--)
            {
                int at = chance.Below(replicas.Length);
                RandomHistory.Edit(replicas[at].Sequence, chance);
                CutFresh(replicas[at], views[at]);
                int from = chance.Below(replicas.Length);
                foreach (Event sent in replicas[from].Log.Take(chance.Below(replicas[from].Log.Count + 1)).ToArray())
                {
                    replicas[at].Receive(sent);
                    views[at].Apply(sent);
                }
            }

            List<Event> all = [.. replicas.SelectMany(r => r.Log).DistinctBy(e => e.Cid).OrderBy(e => e.Height)];
            Oracle merged = new();
            all.ForEach(merged.Apply);
            SiblingsNeverMet(merged, all);
        });

    [Fact]
    public void P4_union_is_commutative_associative_and_idempotent_and_equal_heads_are_equal_bytes() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            List<Event> events = RandomHistoryTests.CausalShuffle(RandomHistory.Make(chance), chance);
            List<Event>[] sets = [.. Enumerable.Range(0, 3).Select(_ => Closed(events, chance))];
            string[] results =
            [
                State([.. sets[0], .. sets[1], .. sets[2]]),
                State([.. sets[2], .. sets[1], .. sets[0]]),
                State([.. sets[1], .. sets[2], .. sets[1], .. sets[0], .. sets[2]]),
            ];
            Assert.Single(results.Distinct());

            // Different sets have different heads, and different bytes.
            string[] parts = [.. sets.Select(State)];
            for (int i = 0; i < sets.Length; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    bool equalSets = sets[i].Select(e => e.Cid).ToHashSet().SetEquals(sets[j].Select(e => e.Cid));
                    Assert.Equal(equalSets, parts[i] == parts[j]);
                }
            }
        });

    [Fact]
    public void P5_the_order_every_replica_had_is_part_of_the_order_of_the_merge() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            List<Event> events = RandomHistoryTests.CausalShuffle(RandomHistory.Make(chance), chance);
            Sequence merged = new(TestEvents.Document);
            events.ForEach(e => merged.Apply(e));
            Dictionary<ElementId, int> places = [];
            foreach ((ElementId id, _) in Inspector.Walk(merged))
            {
                places.Add(id, places.Count);
            }

            for (int i = 0; i < 4; i++)
            {
                Sequence part = new(TestEvents.Document);
                Closed(events, chance).ForEach(e => part.Apply(e));
                int last = -1;
                foreach ((ElementId id, _) in Inspector.Walk(part))
                {
                    Assert.True(places[id] > last);
                    last = places[id];
                }
            }
        });

    [Fact]
    public void P9_a_hundred_thousand_events_in_reverse_cost_what_they_cost_in_order()
    {
        const int Length = 100_000;
        List<Event> events = [];
        Cid[] last = new Cid[10];
        for (int i = 0; i < Length; i++)
        {
            // Ten authors who type one character after another, each after his own last one.
            int author = i % last.Length;
            int number = i / last.Length;
            Bodies.Run run = number == 0 ? new(0, default, ((char)('a' + author)).ToString()) : new(1, (1, 0), "x");
            AppendContext context = new(TestEvents.Document, TestEvents.Author(author), (ulong)number + 1, last[author], [], (ulong)number + 1);
            events.Add(TestEvents.Make(context, Bodies.Make([run])));
            last[author] = events[^1].Cid;
        }

        long forward = Cost(events, out string text);
        events.Reverse();
        long backward = Cost(events, out string same);
        Assert.Equal(text, same);
        Assert.True(backward <= 3 * forward, $"{backward} against {forward}");
    }

    /// <summary>Delivers through a replica's pool; node visits of pool and text.</summary>
    private static long Cost(List<Event> events, out string text)
    {
        CoreBench bench = TestEvents.Bench(o => o with { PoolEventsMax = events.Count, PoolBytesMax = long.MaxValue });
        foreach (Event sent in events)
        {
            bench.GiveVerified(sent);
        }

        Assert.Equal(events.Count, bench.Core.PublishedCount);
        Sequence sequence = new(TestEvents.Document);
        bench.Published.ForEach(e => sequence.Apply(e));
        text = sequence.GetText();
        return sequence.Cost + bench.Core.Pool.Visits;
    }

    private static void CutFresh(TestReplica replica, Oracle view)
    {
        HashSet<ElementId> known = [.. view.Elements.Keys];
        HashSet<(ElementId, bool)> slots = [.. view.Elements.Values.Select(e => (e.Anchor, e.Kind == OpKind.InsertBefore))];
        while (replica.Cut() is { } made)
        {
            view.Apply(made);
            foreach (ElementId id in view.ElementsOf(made.Cid))
            {
                OracleElement element = view.Elements[id];
                Assert.True(known.Add(id), "an id its author knew");
                Assert.True(slots.Add((element.Anchor, element.Kind == OpKind.InsertBefore)), "a slot its author knew to be taken");
            }
        }
    }

    private static void SiblingsNeverMet(Oracle merged, List<Event> all)
    {
        Dictionary<Cid, HashSet<Cid>> pasts = [];
        foreach (Event e in all)
        {
            HashSet<Cid> past = [e.Cid];
            RandomHistory.LinksOf(e).ForEach(link => past.UnionWith(pasts[link]));
            pasts.Add(e.Cid, past);
        }

        ILookup<ElementId, Cid> introducers = all.SelectMany(e => merged.ElementsOf(e.Cid).Select(id => (id, e.Cid))).ToLookup(p => p.id, p => p.Cid);
        foreach (IGrouping<(ElementId, bool), OracleElement> slot in merged.Elements.Values.GroupBy(e => (e.Anchor, e.Kind == OpKind.InsertBefore)))
        {
            OracleElement[] siblings = [.. slot];
            foreach (OracleElement one in siblings)
            {
                foreach (OracleElement other in siblings.Where(s => s.Id != one.Id))
                {
                    Assert.DoesNotContain(introducers[one.Id], e => introducers[other.Id].Any(pasts[e].Contains));
                }
            }
        }
    }

    /// <summary>Some events and all they stand on, in causal order.</summary>
    private static List<Event> Closed(List<Event> events, SeededChance chance)
    {
        HashSet<Cid> chosen = [.. events.Where(_ => chance.Below(5) == 0).Select(e => e.Cid), events[0].Cid];
        foreach (Event e in events.OrderByDescending(e => e.Height))
        {
            if (chosen.Contains(e.Cid))
            {
                chosen.UnionWith(RandomHistory.LinksOf(e));
            }
        }

        HashSet<Cid> seen = [];
        return [.. events.Where(e => chosen.Contains(e.Cid) && seen.Add(e.Cid))];
    }

    private static string State(List<Event> delivered)
    {
        Sequence sequence = new(TestEvents.Document);
        delivered.ForEach(e => sequence.Apply(e));
        return $"{sequence.Version} {sequence.GetStateHash()} {Convert.ToHexString(sequence.ExportSnapshot(delivered, SnapshotForm.Canonical))}";
    }
}
