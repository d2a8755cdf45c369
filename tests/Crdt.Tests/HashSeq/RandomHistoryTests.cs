using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Random histories against the oracle. HASHSEQ_HISTORIES and HASHSEQ_SEED choose more or one.</summary>
public sealed class RandomHistoryTests
{
    [Fact]
    public void The_index_equals_the_walk_of_the_tree_after_every_step_of_random_histories() => Histories.Run(Run);

    private static void Run(ulong seed)
    {
        SeededChance chance = new(seed);
        int count = 3 + chance.Below(3);
        TestReplica[] replicas = [.. Enumerable.Range(0, count).Select(i => new TestReplica(i))];
        Oracle[] oracles = [.. replicas.Select(_ => new Oracle())];
        int steps = 10 + chance.Below(30);
        bool cutBeforeReceiving = chance.Below(2) == 0;
        for (int step = 0; step < steps; step++)
        {
            int at = chance.Below(count);
            switch (chance.Below(8))
            {
                case < 4:
                    RandomHistory.Edit(replicas[at].Sequence, chance);
                    break;
                case < 6:
                    Cut(replicas[at], oracles[at]);
                    break;
                default:
                    int from = chance.Below(count);
                    if (from != at)
                    {
                        if (cutBeforeReceiving)
                        {
                            Cut(replicas[at], oracles[at]);
                        }

                        Sync(replicas[from], replicas[at], oracles[at], chance);
                    }

                    break;
            }
        }

        Converge(replicas, oracles, chance);
    }

    private static void Cut(TestReplica replica, Oracle oracle)
    {
        if (replica.Cut() is { } made)
        {
            oracle.Apply(made);
            AssertEqual(replica.Sequence, oracle);
        }
    }

    private static void Sync(TestReplica from, TestReplica to, Oracle oracle, SeededChance chance)
    {
        int most = chance.Below(from.Log.Count + 1);
        foreach (Event sent in from.Log.Take(most).ToArray())
        {
            Receive(to, oracle, sent);
        }
    }

    private static void Receive(TestReplica to, Oracle oracle, Event sent)
    {
        bool isNew = !to.Has(sent.Cid);
        string before = to.Sequence.GetText();
        IReadOnlyList<Splice> splices = to.Receive(sent);
        foreach (Splice splice in splices)
        {
            before = before.Remove(splice.Offset, splice.Removed).Insert(splice.Offset, splice.Inserted);
        }

        Assert.Equal(before, to.Sequence.GetText());
        oracle.Apply(sent);
        Assert.True(isNew || splices.Count == 0);
        if (isNew && !to.Sequence.HasPending)
        {
            AssertEqual(to.Sequence, oracle);
        }
    }

    private static void Converge(TestReplica[] replicas, Oracle[] oracles, SeededChance chance)
    {
        for (int i = 0; i < replicas.Length; i++)
        {
            Cut(replicas[i], oracles[i]);
        }

        List<Event> all = [.. replicas.SelectMany(r => r.Log).DistinctBy(e => e.Cid)];
        for (int i = 0; i < replicas.Length; i++)
        {
            foreach (Event sent in CausalShuffle(all, chance))
            {
                Receive(replicas[i], oracles[i], sent);
            }

            AssertEqual(replicas[i].Sequence, oracles[0]);
            Inspector.CheckIndex(replicas[i].Sequence);
        }

        if (all.Count == 0)
        {
            return;
        }

        TestReplica late = new(99);
        Oracle lateOracle = new();
        foreach (Event sent in CausalShuffle(all, chance))
        {
            Receive(late, lateOracle, sent);
        }

        AssertEqual(late.Sequence, oracles[0]);
        byte[] snapshot = late.Sequence.ExportSnapshot(all, SnapshotForm.Canonical);
        Assert.Equal(snapshot, replicas[0].Sequence.ExportSnapshot(all, SnapshotForm.Canonical));
        SeqImport import = Snapshots.Import(snapshot);
        AssertEqual(import.Sequence, oracles[0]);
        Assert.Equal(all.Select(e => e.Cid).Order(), import.Events.Select(e => e.Cid).Order());
    }

    internal static void AssertEqual(Sequence sequence, Oracle oracle)
    {
        Assert.Equal(oracle.Walk(), Inspector.Walk(sequence));
        Assert.Equal(oracle.Text(), sequence.GetText());
        Assert.True(oracle.Frontier().SetEquals(Inspector.Frontier(sequence)), "frontier");
    }

    /// <summary>A random linear extension, some events twice.</summary>
    internal static List<Event> CausalShuffle(IEnumerable<Event> events, SeededChance chance)
    {
        List<Event> rest = [.. events];
        HashSet<Core.Multiformats.Cid> done = [];
        List<Event> order = [];
        while (rest.Count > 0)
        {
            int at = chance.Below(rest.Count);
            Event next = rest[at];
            if (RandomHistory.LinksOf(next).TrueForAll(done.Contains))
            {
                rest.RemoveAt(at);
                done.Add(next.Cid);
                order.Add(next);
                if (chance.Below(8) == 0)
                {
                    order.Add(order[chance.Below(order.Count)]);
                }
            }
        }

        return order;
    }
}
