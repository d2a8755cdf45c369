using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>Where a value or event comes from, and what was said of it.</summary>
public sealed record Provenance
{
    /// <summary>The event itself, when the CID names one.</summary>
    public Event? Source { get; init; }

    /// <summary>Artifacts that carry or name it, when it is data.</summary>
    public IReadOnlyList<Cid> Artifacts { get; init; } = [];

    /// <summary>Receipts that have it among their outputs.</summary>
    public IReadOnlyList<Cid> ProducedBy { get; init; } = [];

    /// <summary>Snapshots whose cut contains it.</summary>
    public IReadOnlyList<Cid> Snapshots { get; init; } = [];

    /// <summary>Tombstones that name it.</summary>
    public IReadOnlyList<Cid> Tombs { get; init; } = [];

    /// <summary>Lifts that name it.</summary>
    public IReadOnlyList<Cid> Lifts { get; init; } = [];

    /// <summary>Whether anything is known of it.</summary>
    public bool IsKnown => Source is not null || Artifacts.Count + ProducedBy.Count > 0;

    /// <summary>Looks through a set.</summary>
    /// <param name="subject">An event, or a data block.</param>
    /// <param name="events">Events, closed under links.</param>
    /// <param name="source">Where snapshots' cuts are walked.</param>
    public static Provenance Of(Cid subject, IEnumerable<Event> events, IContentSource source)
    {
        Event[] ordered = [.. events];
        Array.Sort(ordered, VisibleSet.CompareCanonical);
        FoldItem[] items = [.. ordered.Select(FoldItem.Of)];
        EventDigest digest = FoldItem.DigestOf(subject);
        Event? own = Array.Find(ordered, e => e.Cid == subject);
        Cid[] snapshots = own is null ? [] : [.. items.Where(i => i.Body is SnapBody snap && Holds(snap, own, source)).Select(static i => i.Cid)];
        return new Provenance
        {
            Source = own,
            Artifacts = [.. items.Where(i => i.Body is ArtifactBody && i.Key == digest).Select(static i => i.Cid)],
            ProducedBy = [.. items.Where(i => i.Body is ReceiptBody r && r.Outputs.Any(o => o.Value == subject)).Select(static i => i.Cid)],
            Snapshots = snapshots,
            Tombs = [.. items.Where(i => i.Body is TombBody t && t.Target == subject).Select(static i => i.Cid)],
            Lifts = [.. items.Where(i => i.Body is LiftBody l && l.Target == subject).Select(static i => i.Cid)],
        };
    }

    // Down from the cut, no deeper than the event stands.
    private static bool Holds(SnapBody snap, Event subject, IContentSource source)
    {
        HashSet<Cid> seen = [.. snap.Cut];
        Stack<Cid> work = new(snap.Cut);
        while (work.TryPop(out Cid cid))
        {
            if (cid == subject.Cid)
            {
                return true;
            }

            if (source.TryRead(cid, out ReadOnlyMemory<byte> block) && EventCodec.TryDecode(block, subject.Document, out Event? next, out _)
                && next!.Height > subject.Height)
            {
                for (int i = 0; i < EventGraph.LinkCount(next); i++)
                {
                    Cid link = EventGraph.LinkAt(next, i);
                    if (seen.Add(link))
                    {
                        work.Push(link);
                    }
                }
            }
        }

        return false;
    }
}
