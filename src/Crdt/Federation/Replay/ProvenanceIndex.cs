using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Replay;

/// <summary>What a set of events says of every CID, ready to be asked. Immutable once made, so usable from any thread.</summary>
/// <remarks>
/// Spec: federation, section 10. Making it decodes every event once. A question costs what the answer has, and for an event one walk down from the cut of
/// each snapshot that is not older than it.
/// </remarks>
public sealed class ProvenanceIndex
{
    private readonly Dictionary<Cid, Event> _events = [];
    private readonly Postings<EventDigest> _artifacts = new();
    private readonly Postings<Cid> _produced = new();
    private readonly Postings<Cid> _tombs = new();
    private readonly Postings<Cid> _lifts = new();
    private readonly List<(Event Event, SnapBody Body)> _snapshots = [];

    /// <summary>Reads a set.</summary>
    /// <param name="events">Events, closed under links.</param>
    public ProvenanceIndex(IEnumerable<Event> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        foreach (Event next in events)
        {
            if (_events.TryAdd(next.Cid, next))
            {
                Add(next, FoldItem.Of(next));
            }
        }
    }

    /// <summary>Where a value or event comes from, and what was said of it; lists are in canonical order.</summary>
    /// <param name="subject">An event, or a data block.</param>
    /// <param name="source">Where blocks of snapshots' cuts are read that are not in the set.</param>
    public Provenance Find(Cid subject, IContentSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Event? own = _events.GetValueOrDefault(subject);
        return new Provenance
        {
            Source = own,
            Artifacts = _artifacts.Find(FoldItem.DigestOf(subject)),
            ProducedBy = _produced.Find(subject),
            Snapshots = own is null ? [] : InOrder([.. _snapshots.Where(s => Holds(s.Body, own, source)).Select(static s => s.Event)]),
            Tombs = _tombs.Find(subject),
            Lifts = _lifts.Find(subject),
        };
    }

    private static Cid[] InOrder(List<Event> events)
    {
        events.Sort(VisibleSet.CompareCanonical);
        return [.. events.Select(static e => e.Cid)];
    }

    private void Add(Event source, FoldItem item)
    {
        switch (item.Body)
        {
            case ArtifactBody:
                _artifacts.Add(item.Key, source);
                break;
            case ReceiptBody receipt:
                foreach (Cid output in receipt.Outputs.Select(static o => o.Value).Distinct())
                {
                    _produced.Add(output, source);
                }

                break;
            case TombBody tomb:
                _tombs.Add(tomb.Target, source);
                break;
            case LiftBody lift:
                _lifts.Add(lift.Target, source);
                break;
            case SnapBody snap:
                _snapshots.Add((source, snap));
                break;
            default:
                break;
        }
    }

    // Down from the cut, no deeper than the event stands.
    private bool Holds(SnapBody snap, Event subject, IContentSource source)
    {
        HashSet<Cid> seen = [.. snap.Cut];
        Stack<Cid> work = new(snap.Cut);
        while (work.TryPop(out Cid cid))
        {
            if (cid == subject.Cid)
            {
                return true;
            }

            if (EventAt(cid, subject.Document, source) is Event next && next.Height > subject.Height)
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

    private Event? EventAt(Cid cid, Cid document, IContentSource source) =>
        _events.TryGetValue(cid, out Event? known) ? known
        : source.TryRead(cid, out ReadOnlyMemory<byte> block) && EventCodec.TryDecode(block, document, out Event? read, out _) ? read
        : null;

    /// <summary>Events by what they name: chains through one list, since nearly every name is named once.</summary>
    private sealed class Postings<TKey>
        where TKey : notnull
    {
        private readonly Dictionary<TKey, int> _last = [];
        private readonly List<(Event Event, int Before)> _chain = [];

        public void Add(TKey key, Event source)
        {
            _chain.Add((source, _last.GetValueOrDefault(key, -1)));
            _last[key] = _chain.Count - 1;
        }

        public Cid[] Find(TKey key)
        {
            List<Event> found = [];
            for (int at = _last.GetValueOrDefault(key, -1); at >= 0; at = _chain[at].Before)
            {
                found.Add(_chain[at].Event);
            }

            return InOrder(found);
        }
    }
}
