using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Events that leave the visible set and return. HASHSEQ_HISTORIES and HASHSEQ_SEED as for random histories.</summary>
public sealed class RetractionTests
{
    [Fact]
    public void What_is_visible_decides_whatever_was_retracted_and_returned() => Histories.Run(Run);

    /// <summary>Typing on after a character that came back extended another entry: found by the long script.</summary>
    [Fact]
    public void Typing_goes_on_after_a_character_that_was_there_before() => Run(10_028_083);

    private static void Run(ulong seed)
    {
        SeededChance chance = new(seed);
        List<Event> events = RandomHistory.Make(chance);
        Sequence sequence = new(TestEvents.Document);
        Oracle all = new();
        foreach (Event applied in RandomHistoryTests.CausalShuffle(events, chance))
        {
            sequence.Apply(applied);
            all.Apply(applied);
        }

        HashSet<Cid> hidden = [];
        ulong ownSequence = 0;
        for (int round = 0; round < 12; round++)
        {
            Event chosen = events[chance.Below(events.Count)];
            bool pending = chance.Below(3) == 0;
            if (pending)
            {
                RandomHistory.Edit(sequence, chance); // rests on what may be taken from under it
            }

            if (hidden.Contains(chosen.Cid))
            {
                Change(sequence, PastOf(chosen, events).Where(e => hidden.Contains(e.Cid)).OrderBy(e => e.Height), hidden);
            }
            else
            {
                Change(sequence, FutureOf(chosen, events).Where(e => !hidden.Contains(e.Cid)).OrderByDescending(e => e.Height), hidden);
            }

            Inspector.CheckIndex(sequence);
            if (!sequence.HasPending)
            {
                RandomHistoryTests.AssertEqual(sequence, all.Without(hidden));
            }

            if (sequence.HasPending || chance.Below(2) == 0)
            {
                EditAndCut(sequence, events, hidden, all, (chance, ++ownSequence));
                RandomHistoryTests.AssertEqual(sequence, all.Without(hidden));
            }
        }
    }

    private static void Change(Sequence sequence, IEnumerable<Event> changed, HashSet<Cid> hidden)
    {
        foreach (Event e in changed.ToArray())
        {
            string before = sequence.GetText();
            foreach (Splice splice in hidden.Contains(e.Cid) ? sequence.Apply(e) : sequence.Retract(e))
            {
                before = before.Remove(splice.Offset, splice.Removed).Insert(splice.Offset, splice.Inserted);
            }

            Assert.Equal(before, sequence.GetText());
            if (!hidden.Remove(e.Cid))
            {
                hidden.Add(e.Cid);
            }
        }
    }

    /// <summary>A local edit sees only what is visible; its links are the visible heads.</summary>
    private static void EditAndCut(Sequence sequence, List<Event> events, HashSet<Cid> hidden, Oracle all, (SeededChance Chance, ulong Sequence) own)
    {
        for (int i = 0; i < 2; i++)
        {
            RandomHistory.Edit(sequence, own.Chance);
        }

        Event[] visible = [.. events.Where(e => !hidden.Contains(e.Cid))];
        HashSet<Cid> heads = [.. visible.Select(e => e.Cid)];
        foreach (Event e in visible)
        {
            heads.ExceptWith(RandomHistory.LinksOf(e));
        }

        // A new author each time: no own chain to keep.
        AppendContext context = new(
            TestEvents.Document, TestEvents.Author(100 + (int)own.Sequence), 1, default, [.. heads.Order()], visible.Select(e => e.Height).DefaultIfEmpty().Max() + 1);
        if (sequence.TakeBody(context) is { } body)
        {
            Event made = TestEvents.Make(context, body);
            sequence.Commit(made);
            events.Add(made);
            all.Apply(made);
        }
    }

    private static List<Event> PastOf(Event e, List<Event> events)
    {
        HashSet<Cid> past = [e.Cid];
        foreach (Event other in events.OrderByDescending(x => x.Height))
        {
            if (past.Contains(other.Cid))
            {
                past.UnionWith(RandomHistory.LinksOf(other));
            }
        }

        return [.. events.Where(x => past.Contains(x.Cid))];
    }

    private static List<Event> FutureOf(Event e, List<Event> events)
    {
        HashSet<Cid> future = [e.Cid];
        foreach (Event other in events.OrderBy(x => x.Height))
        {
            if (RandomHistory.LinksOf(other).Any(future.Contains))
            {
                future.Add(other.Cid);
            }
        }

        return [.. events.Where(x => future.Contains(x.Cid))];
    }
}
