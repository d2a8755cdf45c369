using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Shared insertions: what is one text whatever the cutting into events. HASHSEQ_HISTORIES and HASHSEQ_SEED as for random histories.</summary>
public sealed class CuttingTests
{
    [Fact]
    public void Hello_earth_and_hello_mars_share_six_elements_in_all_1024_cuttings()
    {
        SeededChance chance = new(62);
        HashSet<string> orders = [];
        for (int cuts = 0; cuts < 1024; cuts++)
        {
            List<Event> earth = Type(1, "hello earth", cuts);
            List<Event> mars = Type(2, "hello mars", chance.Below(512));
            for (int order = 0; order < 4; order++)
            {
                Sequence sequence = new(TestEvents.Document);
                Oracle oracle = new();
                foreach (Event sent in RandomHistoryTests.CausalShuffle([.. earth, .. mars], chance))
                {
                    sequence.Apply(sent);
                    oracle.Apply(sent);
                }

                Assert.Equal("hello marsearth", sequence.GetText());
                Assert.Equal(6, oracle.AliasCount);
                orders.Add(string.Join(' ', Inspector.Walk(sequence).Select(e => e.Id)));
            }
        }

        Assert.Single(orders);
    }

    [Fact]
    public void Hello_and_goodbye_are_not_interleaved()
    {
        for (int cuts = 0; cuts < 64; cuts++)
        {
            Sequence sequence = new(TestEvents.Document);
            List<Event> hello = Type(1, "hello", cuts);
            List<Event> goodbye = Type(2, "goodbye", cuts);
            for (int i = 0; i < 7; i++)
            {
                if (i < hello.Count)
                {
                    sequence.Apply(hello[i]);
                }

                if (i < goodbye.Count)
                {
                    sequence.Apply(goodbye[i]);
                }
            }

            Assert.Contains(sequence.GetText(), new[] { "hellogoodbye", "goodbyehello" });
        }
    }

    [Fact]
    public void Blocks_typed_concurrently_at_one_place_stay_whole_forward_backward_and_over_tombstones() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            TestReplica origin = new(50);
            origin.Sequence.Insert(0, "<....>");
            origin.Cut();
            origin.Sequence.Delete(1, 4);
            origin.Cut();
            int sites = 2 + chance.Below(3);
            List<Event> all = [];
            for (int site = 0; site < sites; site++)
            {
                TestReplica replica = new(site);
                origin.Log.ForEach(e => replica.Receive(e));
                bool backward = chance.Below(2) == 0;
                for (int i = 0; i < 6; i++)
                {
                    replica.Sequence.Insert(backward ? 1 : 1 + i, ((char)('a' + site)).ToString());
                    if (chance.Below(3) == 0)
                    {
                        replica.Cut();
                    }
                }

                replica.Cut();
                all.AddRange(replica.Log.Skip(2));
            }

            Sequence merged = new(TestEvents.Document);
            foreach (Event sent in RandomHistoryTests.CausalShuffle([.. origin.Log, .. all], chance))
            {
                merged.Apply(sent);
            }

            string text = merged.GetText();
            for (int site = 0; site < sites; site++)
            {
                Assert.Contains(new string((char)('a' + site), 6), text, StringComparison.Ordinal);
            }
        });

    [Fact]
    public void A_unique_insertion_is_shared_with_nobody_and_a_shared_one_is()
    {
        TestReplica a = new(1);
        TestReplica b = new(2);
        a.Sequence.Insert(0, "line\n", InsertOptions.Unique(a.Author, a.NextSequence));
        b.Sequence.Insert(0, "line\n", InsertOptions.Unique(b.Author, b.NextSequence));
        Exchange(a, b);
        Assert.Equal("line\nline\n", a.Sequence.GetText());
        Assert.Equal("line\nline\n", b.Sequence.GetText());

        a.Sequence.Insert(10, "same");
        b.Sequence.Insert(10, "same");
        Exchange(a, b);
        Assert.Equal("line\nline\nsame", a.Sequence.GetText());
        Assert.Equal(2, b.Sequence.GetIntroductions(13).Count);
        Assert.Single(b.Sequence.GetIntroductions(0));
        Assert.Throws<InvalidOperationException>(() =>
        {
            a.Sequence.Insert(0, "x");
            a.Sequence.Insert(0, "y", InsertOptions.Unique(a.Author, a.NextSequence));
        });
    }

    [Fact]
    public void Three_sites_that_know_the_same_elements_by_different_events_give_the_next_element_one_id() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            HashSet<ElementId> ids = [];
            for (int site = 0; site < 3; site++)
            {
                TestReplica replica = new(site);
                foreach (Event sent in Type(10 + site, "hello", chance.Below(16)))
                {
                    replica.Receive(sent);
                }

                foreach (Event sent in Type(20 + site, "hel", chance.Below(4)))
                {
                    replica.Receive(sent);
                }

                replica.Sequence.Insert(5, "!");
                ids.Add(replica.Sequence.GetId(5));
            }

            Assert.Single(ids);
        });

    [Fact]
    public void The_two_obvious_definitions_of_context_are_wrong()
    {
        // Context = CIDs of head events: the second half of a text has other ids when an event ends before it.
        Event whole = Type(1, "hello", 0).Single();
        List<Event> halves = Type(1, "hello", 1 << 2);
        ElementId inOne = IdHash.Element(OpKind.InsertAfter, 'l', default);
        ElementId[] head = [ElementId.Read(halves[0].Cid.Bytes[4..])];
        Assert.NotEqual(inOne, IdHash.Element(OpKind.InsertAfter, 'l', default, head));
        Assert.NotEqual(whole.Cid, halves[0].Cid);

        // Context = last element of each head event, not reduced: who holds "hel" of A and "hello" of C names {l, o}, others {o}.
        Oracle oracle = new();
        Event hel = Type(1, "hel", 0).Single();
        Event hello = Type(2, "hello", 0).Single();
        oracle.Apply(hel);
        oracle.Apply(hello);
        ElementId[] unreduced = [.. new[] { oracle.ElementsOf(hel.Cid)[^1], oracle.ElementsOf(hello.Cid)[^1] }.Order()];
        ElementId[] maximal = [.. oracle.Frontier()];
        Assert.Equal(2, unreduced.Length);
        Assert.Single(maximal);
        Assert.NotEqual(
            IdHash.Element(OpKind.InsertRoot, '!', default, unreduced),
            IdHash.Element(OpKind.InsertRoot, '!', default, maximal));
    }

    [Fact]
    public void Cutting_a_history_differently_changes_no_id_no_order_no_visibility_and_no_frontier() =>
        Histories.Run(static seed =>
        {
            List<string> results = [];
            for (ulong cutting = 0; cutting < 3; cutting++)
            {
                Sequence sequence = Replay(seed, new SeededChance((seed * 1000) + cutting));
                results.Add(string.Join(' ', Inspector.Walk(sequence)) + string.Join(' ', Inspector.Frontier(sequence).Order()));
            }

            Assert.Single(results.Distinct());
        });

    /// <summary>One script of edits and full syncs by seed, cut by <paramref name="cutting"/>.</summary>
    private static Sequence Replay(ulong seed, SeededChance cutting)
    {
        SeededChance script = new(seed);
        TestReplica[] replicas = [.. Enumerable.Range(0, 3).Select(i => new TestReplica(i))];
        for (int step = 0; step < 40; step++)
        {
            TestReplica at = replicas[script.Below(3)];
            if (script.Below(5) > 0)
            {
                RandomHistory.Edit(at.Sequence, script);
                if (cutting.Below(3) == 0)
                {
                    at.CutAll();
                }

                continue;
            }

            TestReplica from = replicas[script.Below(3)];
            from.CutAll();
            at.CutAll();
            foreach (Event sent in RandomHistoryTests.CausalShuffle(from.Log, cutting))
            {
                at.Receive(sent);
            }
        }

        foreach (TestReplica replica in replicas)
        {
            replica.CutAll();
        }

        List<Event> all = [.. replicas.SelectMany(r => r.Log).DistinctBy(e => e.Cid)];
        TestReplica reader = new(9);
        foreach (Event sent in RandomHistoryTests.CausalShuffle(all, cutting))
        {
            reader.Receive(sent);
        }

        return reader.Sequence;
    }

    /// <summary>A text typed by a fresh author; bit i of <paramref name="cuts"/> ends an event after character i.</summary>
    private static List<Event> Type(int author, string text, int cuts)
    {
        TestReplica replica = new(author);
        for (int i = 0; i < text.Length; i++)
        {
            replica.Sequence.Insert(i, text.AsSpan(i, 1));
            if ((cuts >> i & 1) != 0)
            {
                replica.Cut();
            }
        }

        replica.Cut();
        return replica.Log;
    }

    private static void Exchange(TestReplica a, TestReplica b)
    {
        a.CutAll();
        b.CutAll();
        a.Log.ToList().ForEach(e => b.Receive(e));
        b.Log.ToList().ForEach(e => a.Receive(e));
    }
}
