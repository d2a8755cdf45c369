using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Tests.Federation;

public sealed class ProvenanceTests
{
    [Fact]
    public void The_index_says_what_looking_through_all_events_says_in_whatever_order_they_were_read()
    {
        int answers = 0;
        for (ulong seed = 1; seed <= 30; seed++)
        {
            SeededChance chance = new(seed);
            List<Event> events = RandomRecords.Make(chance, events: 60, authors: 3, forks: false);
            ProvenanceIndex index = new(events.OrderBy(_ => chance.Below(1 << 20)).Concat(events.Take(5)));
            FoldItem[] items = [.. events.Order(Comparer<Event>.Create(VisibleSet.CompareCanonical)).Select(FoldItem.Of)];
            foreach (Cid subject in events.Select(static e => e.Cid).Concat(items.SelectMany(Named)).Distinct())
            {
                Provenance found = index.Find(subject, new MemoryContentSource());
                EventDigest digest = FoldItem.DigestOf(subject);
                Assert.Equal(subject, found.Source?.Cid ?? subject);
                Assert.Equal(Where(items, i => i.Body is ArtifactBody && i.Key == digest), found.Artifacts);
                Assert.Equal(Where(items, i => i.Body is ReceiptBody r && r.Outputs.Any(o => o.Value == subject)), found.ProducedBy);
                Assert.Equal(Where(items, i => i.Body is TombBody t && t.Target == subject), found.Tombs);
                Assert.Equal(Where(items, i => i.Body is LiftBody l && l.Target == subject), found.Lifts);
                Assert.Equal(Where(items, i => i.Body is SnapBody s && Past(s.Cut, events).Contains(subject)), found.Snapshots);
                answers += found.Artifacts.Count + found.ProducedBy.Count + found.Tombs.Count + found.Lifts.Count + found.Snapshots.Count;
            }
        }

        Assert.NotEqual(0, answers);
    }

    private static Cid[] Where(FoldItem[] items, Predicate<FoldItem> match) => [.. items.Where(i => match(i)).Select(static i => i.Cid)];

    private static IEnumerable<Cid> Named(FoldItem item) => item.Body switch
    {
        ArtifactBody { IsInline: false } artifact => [artifact.Data],
        ReceiptBody receipt => receipt.Outputs.Select(static o => o.Value),
        _ => [],
    };

    private static HashSet<Cid> Past(IEnumerable<Cid> cut, List<Event> events)
    {
        HashSet<Cid> past = [.. cut];
        foreach (Event next in events.OrderByDescending(static e => e.Height).Where(e => past.Contains(e.Cid)))
        {
            past.UnionWith(Enumerable.Range(0, EventGraph.LinkCount(next)).Select(i => EventGraph.LinkAt(next, i)));
        }

        return past;
    }
}
