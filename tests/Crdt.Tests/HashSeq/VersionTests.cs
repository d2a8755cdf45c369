using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;

namespace P2P.Crdt.Tests.HashSeq;

/// <summary>Views of the past, differences, authors. HASHSEQ_HISTORIES and HASHSEQ_SEED as for random histories.</summary>
public sealed class VersionTests
{
    [Fact]
    public void A_view_of_any_frontier_is_the_text_of_its_past_and_differences_lead_from_one_to_the_other() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            List<Event> events = RandomHistory.Make(chance);
            Sequence sequence = new(TestEvents.Document);
            foreach (Event applied in RandomHistoryTests.CausalShuffle(events, chance))
            {
                sequence.Apply(applied);
            }

            Assert.Equal(HeadsOf(events), sequence.Version.Heads);
            Assert.Equal(sequence.GetText(), sequence.ViewAt(sequence.Version).Text);
            for (int i = 0; i < 4; i++)
            {
                SeqVersion from = AnyVersion(events, chance);
                SeqVersion to = AnyVersion(events, chance);
                string before = TextAt(from, events);
                Assert.Equal(before, sequence.ViewAt(from).Text);
                string after = before;
                int last = 0;
                foreach (Splice splice in sequence.Diff(from, to).Splices)
                {
                    Assert.True(splice.Offset >= last);
                    last = splice.Offset;
                    after = after.Remove(splice.Offset, splice.Removed).Insert(splice.Offset, splice.Inserted);
                }

                Assert.Equal(TextAt(to, events), after);
                Assert.Empty(sequence.Diff(from, from).Splices);
            }
        });

    [Fact]
    public void Blame_names_the_visible_introduction_with_the_smallest_height_and_cid() =>
        Histories.Run(static seed =>
        {
            SeededChance chance = new(seed);
            List<Event> events = RandomHistory.Make(chance);
            Sequence sequence = new(TestEvents.Document);
            Oracle oracle = new();
            foreach (Event applied in RandomHistoryTests.CausalShuffle(events, chance))
            {
                sequence.Apply(applied);
                oracle.Apply(applied);
            }

            int covered = 0;
            foreach (Attribution part in sequence.Blame(0, sequence.Length))
            {
                Assert.Equal(covered, part.Offset);
                covered += part.Length;
                for (int offset = part.Offset; offset < covered; offset++)
                {
                    ElementId id = sequence.GetId(offset);
                    Event first = events.Where(e => oracle.ElementsOf(e.Cid).Contains(id)).OrderBy(e => e.Height).ThenBy(e => e.Cid).First();
                    Assert.Equal(first.Cid, part.Event);
                    Assert.Equal(first.Author.ToArray(), part.Author.ToArray());
                    Assert.Equal(first.At, part.At);
                }
            }

            Assert.Equal(sequence.Length, covered);
        });

    [Fact]
    public void Edits_in_no_event_yet_are_in_no_version_and_have_no_author()
    {
        TestReplica writer = new(1);
        writer.Sequence.Insert(0, "one");
        Event first = writer.Cut()!;
        writer.Sequence.Insert(3, " two");
        writer.Sequence.Insert(7, "!"); // typed at the caret

        Assert.Equal([first.Cid], writer.Sequence.Version.Heads);
        Assert.Equal("one", writer.Sequence.ViewAt(writer.Sequence.Version).Text);
        IReadOnlyList<Attribution> blame = writer.Sequence.Blame(2, 6);
        Assert.Equal([first.Cid, default], blame.Select(b => b.Event));
        Assert.Equal([(2, 1), (3, 5)], blame.Select(b => (b.Offset, b.Length)));

        Event second = writer.Cut()!;
        Assert.Equal([second.Cid], writer.Sequence.Version.Heads);
        Assert.Equal([new Splice(3, 0, " two!")], writer.Sequence.Diff(new SeqVersion([first.Cid]), writer.Sequence.Version).Splices);
    }

    [Fact]
    public void A_version_that_is_not_all_here_is_incomplete_and_says_what_is_missing()
    {
        TestReplica writer = new(1);
        writer.Sequence.Insert(0, "x");
        writer.CutAll();
        Cid unknown = Cid.ForDagCbor([1]);

        SeqSnapshot view = writer.Sequence.ViewAt(new SeqVersion([unknown, .. writer.Sequence.Version.Heads]));
        SeqDiff diff = writer.Sequence.Diff(SeqVersion.Empty, new SeqVersion([unknown]));

        Assert.False(view.IsComplete);
        Assert.Equal([unknown], view.Missing);
        Assert.Equal(string.Empty, view.Text);
        Assert.Equal([unknown], diff.Missing);
        Assert.Empty(diff.Splices);
        Assert.Equal(string.Empty, writer.Sequence.ViewAt(SeqVersion.Empty).Text);
    }

    [Fact]
    public void Retracted_events_leave_the_version_but_can_still_be_viewed_and_events_of_other_types_belong_to_versions()
    {
        TestReplica writer = new(1);
        writer.Sequence.Insert(0, "keep");
        Event first = writer.Cut()!;
        writer.Sequence.Insert(4, " drop");
        Event second = writer.Cut()!;

        writer.Sequence.Retract(second);
        Assert.Equal([first.Cid], writer.Sequence.Version.Heads);
        Assert.Equal("keep drop", writer.Sequence.ViewAt(new SeqVersion([second.Cid])).Text);

        writer.Sequence.Apply(second);
        AppendContext context = new(TestEvents.Document, TestEvents.Author(2), 1, default, [second.Cid], 3);
        Event merge = TestEvents.Make(context, EventDraft.EmptyBody, "merge");
        Assert.Empty(writer.Sequence.Apply(merge));
        Assert.Equal([merge.Cid], writer.Sequence.Version.Heads);
        Assert.Equal("keep drop", writer.Sequence.ViewAt(writer.Sequence.Version).Text);
    }

    private static Cid[] HeadsOf(List<Event> events)
    {
        HashSet<Cid> heads = [.. events.Select(e => e.Cid)];
        heads.ExceptWith(events.SelectMany(RandomHistory.LinksOf));
        return [.. heads.Order()];
    }

    private static SeqVersion AnyVersion(List<Event> events, SeededChance chance) =>
        new(Enumerable.Range(0, chance.Below(4)).Select(_ => events[chance.Below(events.Count)].Cid));

    private static string TextAt(SeqVersion version, List<Event> events)
    {
        HashSet<Cid> past = [.. version.Heads];
        Oracle oracle = new();
        foreach (Event e in events.OrderByDescending(e => e.Height))
        {
            if (past.Contains(e.Cid))
            {
                past.UnionWith(RandomHistory.LinksOf(e));
            }
        }

        foreach (Event e in events.OrderBy(e => e.Height).Where(e => past.Contains(e.Cid)))
        {
            oracle.Apply(e);
        }

        return oracle.Text();
    }
}
