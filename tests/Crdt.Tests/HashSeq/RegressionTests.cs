using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Tests.Replication;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>
/// What a published version of the idea got wrong, case by case (hashseq, section 13). The text of friendsforever is in
/// <see cref="TraceTests"/>, tombstone anchors in <see cref="AdversaryTests"/>, encodings in <see cref="SeqRulesTests"/>.
/// </summary>
public sealed class RegressionTests
{
    [Fact]
    public void Order_does_not_depend_on_which_neighbours_are_visible() =>
        Histories.Run(static seed =>
        {
            // Three replicas, few characters, many removals: where placing before the next bigger visible sibling went wrong.
            SeededChance chance = new(seed);
            TestReplica[] replicas = [new(0), new(1), new(2)];
            for (int step = 0; step < 12; step++)
            {
                TestReplica at = replicas[chance.Below(3)];
                int length = at.Sequence.Length;
                if (length > 0 && chance.Below(5) < 2)
                {
                    at.Sequence.Delete(chance.Below(length), 1);
                }
                else
                {
                    at.Sequence.Insert(chance.Below(length + 1), chance.Below(2) == 0 ? "a" : "b");
                }

                at.Cut();
                if (chance.Below(3) == 0)
                {
                    replicas[chance.Below(3)].Log.ToList().ForEach(e => at.Receive(e));
                }
            }

            List<Event> all = [.. replicas.SelectMany(r => r.Log).DistinctBy(e => e.Cid)];
            Oracle oracle = new();
            RandomHistoryTests.CausalShuffle(all, chance).ForEach(oracle.Apply);
            foreach (TestReplica replica in replicas)
            {
                RandomHistoryTests.CausalShuffle(all, chance).ForEach(e => replica.Receive(e));
                RandomHistoryTests.AssertEqual(replica.Sequence, oracle);
            }
        });

    [Fact]
    public void Nothing_can_hang_on_a_removal_for_a_removal_has_no_offset()
    {
        TestReplica reader = new(1);
        reader.Sequence.Insert(0, "abc");
        reader.Cut();
        reader.Sequence.Delete(1, 1);
        Event removal = reader.Cut()!;
        AppendContext context = new(TestEvents.Document, TestEvents.Author(9), 1, default, [removal.Cid], removal.Height + 1);
        foreach (int kind in new[] { 1, 2 })
        {
            Event hung = TestEvents.Make(context, Bodies.Make([new(kind, (1, 0), "x")]));
            Assert.Equal(InvalidReason.Reference, reader.Judge(hung).Reason);
        }

        Assert.Equal(InvalidReason.Reference, reader.Judge(TestEvents.Make(context, Bodies.Make([new(0, default, "x", [(1, 0)])]))).Reason);
        Assert.Equal("ac", reader.Sequence.GetText());
    }

    [Fact]
    public void A_removal_of_what_is_no_element_is_refused_and_leaves_nothing_behind()
    {
        TestReplica reader = new(1);
        reader.Sequence.Insert(0, "abc");
        Event first = reader.Cut()!;
        reader.Sequence.Delete(0, 1);
        Event removal = reader.Cut()!;
        ElementId before = reader.Sequence.GetStateHash();
        AppendContext context = new(TestEvents.Document, TestEvents.Author(9), 1, default, [.. new[] { first.Cid, removal.Cid }.Order()], removal.Height + 1);
        uint index = first.Cid.CompareTo(removal.Cid) < 0 ? 2u : 1u;
        foreach ((uint d, uint o, uint n) range in new[] { (index, 0u, 1u), (3 - index, 3u, 1u), (3 - index, 0u, 4u), (7u, 0u, 1u), (1u, uint.MaxValue, 1u), (1u, 1u, uint.MaxValue) })
        {
            Event made = TestEvents.Make(context, Bodies.Make([], [range]));
            Assert.Equal(InvalidReason.Reference, reader.Judge(made).Reason);
        }

        Assert.Equal(before, reader.Sequence.GetStateHash());
    }

    [Fact]
    public void Orphans_are_not_tried_again_after_every_event()
    {
        long small = PoolVisits(500);
        long large = PoolVisits(4_000);
        Assert.True(large <= 8 * small * 3 / 2, $"{small} for 500, {large} for 4,000");
    }

    [Fact]
    public void Waiting_events_are_bounded()
    {
        List<Event> chain = Chain(1_000);
        CoreBench bench = TestEvents.Bench(static o => o with { PoolEventsMax = 100 });
        for (int i = chain.Count - 1; i > 0; i--)
        {
            bench.GiveVerified(chain[i]);
            Assert.InRange(bench.Core.Pool.Count, 1, 100);
        }
    }

    private static long PoolVisits(int length)
    {
        List<Event> chain = Chain(length);
        CoreBench bench = TestEvents.Bench(static o => o);
        for (int i = chain.Count - 1; i >= 0; i--)
        {
            bench.GiveVerified(chain[i]);
        }

        Assert.Equal(length, bench.Core.PublishedCount);
        return bench.Core.Pool.Visits;
    }

    private static List<Event> Chain(int length)
    {
        TestReplica writer = new(1);
        for (int i = 0; i < length; i++)
        {
            writer.Sequence.Insert(i, "x");
            writer.Cut();
        }

        return writer.Log;
    }
}
