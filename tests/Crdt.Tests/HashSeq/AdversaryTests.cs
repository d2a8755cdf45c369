using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Authors that do what no honest client does. Cost is counted in index nodes and ids hashed, never in
/// time. HASHSEQ_HISTORIES and HASHSEQ_SEED as for random histories.</summary>
public sealed class AdversaryTests
{
    private ulong _again;

    [Fact]
    public void A_liar_gets_the_same_verdict_and_makes_the_same_text_everywhere_in_every_order() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            List<Event> events = RandomHistory.Make(chance);
            Dictionary<Cid, Event> known = events.ToDictionary(e => e.Cid);
            for (int i = 0; i < 12; i++)
            {
                Event lie = Lie(events, chance, i);
                if (known.TryAdd(lie.Cid, lie))
                {
                    events.Add(lie);
                }
            }

            Assert.Single(Enumerable.Range(0, 3).Select(_ => Deliver(events, chance)).Distinct());
        });

    [Fact]
    public void An_id_repeated_inside_one_event_is_one_element()
    {
        TestReplica reader = new(1);
        Event made = TestEvents.Make(
            reader.Context(), Bodies.Make([new(0, default, "same", []), new(0, default, "same", []), new(0, default, "sane", [])], [(0, 9, 1)]));
        reader.Receive(made);
        Oracle oracle = new();
        oracle.Apply(made);

        Assert.Equal(6, Inspector.Walk(reader.Sequence).Count);
        RandomHistoryTests.AssertEqual(reader.Sequence, oracle);
    }

    [Fact]
    public void Removing_a_million_elements_again_and_again_costs_a_logarithm()
    {
        TestReplica writer = new(1);
        Sequence sequence = writer.Sequence;
        for (int i = 0; i < 20; i++)
        {
            Apply(writer, [new(0, default, new string((char)('a' + i), 50_000))]);
        }

        for (int i = 0; i < 200; i++)
        {
            // Fragments everywhere, then everything gone.
            Apply(writer, [], [((uint)(1 + (i % 20)), (uint)((i * 211) % 49_000), 7)], dependOnAll: true);
        }

        uint[] all = [.. Enumerable.Range(1, 20).Select(i => (uint)i)];
        Apply(writer, [], [.. all.Select(d => (d, 0u, 50_000u))], dependOnAll: true);
        Assert.Equal(0, sequence.Length);
        long before = sequence.Cost;
        for (int i = 0; i < 100; i++)
        {
            Apply(writer, [], [.. all.Select(d => (d, 0u, 50_000u))], dependOnAll: true);
        }

        Assert.True(sequence.Cost - before < 100 * 20 * 8, $"{sequence.Cost - before}");
    }

    [Fact]
    public void An_anchor_among_a_hundred_thousand_tombstones_is_found_like_any_other()
    {
        TestReplica writer = new(1);
        for (int i = 0; i < 100; i++)
        {
            writer.Sequence.Insert(writer.Sequence.Length / 2, new string('x', 1_000));
        }

        writer.Sequence.Delete(0, 100_000);
        writer.CutAll();
        Event first = writer.Log[0];
        long before = writer.Sequence.Cost;
        for (uint i = 0; i < 100; i++)
        {
            AppendContext context = writer.Context();
            writer.Receive(TestEvents.Make(
                context with { Author = TestEvents.Author(3), Sequence = i + 1, Previous = default, Dependencies = [first.Cid], Height = 2 },
                Bodies.Make([new(1, (1, 500 + (i * 300)), "y")])));
            writer.Sequence.Insert(0, "z");
            writer.CutAll();
        }

        Assert.True(writer.Sequence.Cost - before < 100 * 1_500, $"{writer.Sequence.Cost - before}"); // with ≤ 64 ids of a wide frontier per insertion
        Assert.Equal(200, writer.Sequence.Length);
    }

    [Fact]
    public void A_chain_as_deep_as_the_document_gets_its_ids_without_recursion()
    {
        TestReplica writer = new(1);
        for (int i = 0; i < 50_000; i++)
        {
            writer.Sequence.Insert(0, i % 2 == 0 ? "a" : "b"); // each before the last: one run per character
        }

        writer.CutAll();
        Assert.Equal(0, writer.Sequence.IdsHashed);
        writer.Sequence.GetId(0);
        Assert.InRange(writer.Sequence.IdsHashed, 1, 60_000);
        long before = writer.Sequence.IdsHashed;
        writer.Sequence.GetId(0);
        writer.Sequence.GetId(1);
        Assert.InRange(writer.Sequence.IdsHashed - before, 0, 64);
    }

    private void Apply(TestReplica writer, Bodies.Run[] runs, (uint, uint, uint)[]? removals = null, bool dependOnAll = false)
    {
        AppendContext context = writer.Context();
        ulong author = (ulong)writer.Log.Count;
        _again++;
        Cid[] dependencies = dependOnAll ? [.. writer.Log.Take(20).Select(e => e.Cid).Order()] : [];
        if (dependOnAll)
        {
            writer.Sequence.Apply(TestEvents.Make(
                context with { Author = TestEvents.Author((int)(_again % 250)), Sequence = _again, Previous = default, Dependencies = dependencies, Height = 2 },
                Bodies.Make(runs, removals)));
            return;
        }

        writer.Receive(TestEvents.Make(
            context with { Author = TestEvents.Author((int)(author % 250)), Sequence = author + 1, Previous = default, Dependencies = [] },
            Bodies.Make(runs, removals)));
    }

    /// <summary>An event that anchors, names and removes as it pleases; half of them are invalid.</summary>
    private static Event Lie(List<Event> events, SeededChance chance, int number)
    {
        Cid[] dependencies = [.. Enumerable.Range(0, 1 + chance.Below(3)).Select(_ => events[chance.Below(events.Count)].Cid).Distinct().Order()];
        (uint, uint) Any() => ((uint)chance.Below(dependencies.Length + (chance.Below(10) == 0 ? 3 : 1)), (uint)chance.Below(chance.Below(10) == 0 ? 1000 : 6));
        List<Bodies.Run> runs = [];
        for (int i = chance.Below(4); i >= 0; i--)
        {
            (uint, uint)[]? extras = chance.Below(3) == 0 ? [.. Enumerable.Range(0, chance.Below(4)).Select(_ => Any()).Distinct().Order()] : null;
            runs.Add(new Bodies.Run(chance.Below(3), Any(), chance.Below(2) == 0 ? "a" : "hello", extras));
        }

        (uint, uint, uint)[]? removals = null;
        if (chance.Below(2) == 0)
        {
            (uint d, uint o) = Any();
            removals = [(d, o, (uint)(1 + chance.Below(8))), (d, o + 20, (uint)(1 + chance.Below(3)))];
        }

        AppendContext context = new(
            TestEvents.Document, TestEvents.Author(200 + (number / 2)), 1 + (ulong)(number % 2), default, dependencies,
            1 + events.Where(e => dependencies.Contains(e.Cid)).Max(e => e.Height));
        return TestEvents.Make(context, Bodies.Make([.. runs], removals));
    }

    /// <summary>Delivers with admission by a fresh replica; the verdicts and the state, in comparable form.</summary>
    private static string Deliver(List<Event> events, SeededChance chance)
    {
        TestReplica replica = new(99);
        Oracle oracle = new();
        SortedDictionary<string, string> verdicts = new(StringComparer.Ordinal);
        foreach (Event sent in RandomHistoryTests.CausalShuffle(events, chance))
        {
            if (verdicts.ContainsKey(sent.Cid.ToString()))
            {
                continue;
            }

            bool past = RandomHistory.LinksOf(sent).TrueForAll(replica.Has);
            TypeVerdict verdict = past ? replica.Judge(sent) : TypeVerdict.Invalid(InvalidReason.Ancestor);
            verdicts.Add(sent.Cid.ToString(), verdict.Reason.ToString());
            if (verdict.IsValid)
            {
                replica.Receive(sent);
                oracle.Apply(sent);
            }
        }

        Assert.Equal(oracle.Walk(), Inspector.Walk(replica.Sequence));
        Assert.True(oracle.Frontier().SetEquals(Inspector.Frontier(replica.Sequence)));
        Inspector.CheckIndex(replica.Sequence);
        return string.Join(' ', verdicts) + replica.Sequence.GetText() + string.Join(' ', Inspector.Walk(replica.Sequence));
    }
}
