using System.Runtime.InteropServices;
using System.Text;
using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>
/// Texts of the past. The order of the elements of any version is a sub-sequence of today's (nothing ever moves), so a view is one
/// walk of the index that leaves out what the version had not introduced or had removed. O(events + elements of the document).
/// </summary>
internal sealed class PastText(ElementTree tree, EventTable events, EventHistory history)
{
    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;
    private readonly EventHistory _history = history;

    public SeqSnapshot View(SeqVersion version)
    {
        List<Cid> missing = [];
        if (Alive(version, missing) is not { } alive)
        {
            return new SeqSnapshot(version, string.Empty, missing);
        }

        StringBuilder text = new();
        foreach ((int start, int end) in Entries())
        {
            for (int at = start; at < end;)
            {
                int next = Stretch(alive, at, end, out bool isAlive);
                if (isAlive)
                {
                    text.Append(_tree.Text.Copy(at, next - at));
                }

                at = next;
            }
        }

        return new SeqSnapshot(version, text.ToString(), missing);
    }

    public SeqDiff Diff(SeqVersion from, SeqVersion to)
    {
        List<Cid> missing = [];
        BitTree? before = Alive(from, missing);
        BitTree? after = Alive(to, missing);
        DiffWriter writer = new();
        if (before is null || after is null)
        {
            return new SeqDiff([], [.. missing.Distinct().Order()]);
        }

        foreach ((int start, int end) in Entries())
        {
            for (int at = start; at < end;)
            {
                int next = Stretch(before, at, end, out bool was);
                next = Stretch(after, at, next, out bool @is);
                Write(writer, at, next - at, was, @is);
                at = next;
            }
        }

        return new SeqDiff(writer.Finish(), []);
    }

    private void Write(DiffWriter writer, int start, int count, bool was, bool @is)
    {
        if (was && @is)
        {
            writer.Keep(_tree.Text.Units(start, count));
        }
        else if (was)
        {
            writer.Remove(_tree.Text.Units(start, count));
        }
        else if (@is)
        {
            writer.Insert(_tree.Text.Copy(start, count));
        }
    }

    /// <summary>Elements visible at the version, or null and what is missing.</summary>
    public BitTree? Alive(SeqVersion version, List<Cid> missing)
    {
        int known = missing.Count;
        BitTree past = new();
        Stack<int> open = new();
        foreach (Cid head in version.Heads)
        {
            if (!_events.TryGet(head, out int number) || !_history.IsRecorded(number))
            {
                missing.Add(head);
            }
            else if (!past.Contains(number))
            {
                past.Add(number);
                open.Push(number);
            }
        }

        if (missing.Count > known)
        {
            return null;
        }

        List<EventRemoval> removals = [];
        BitTree alive = new();
        while (open.TryPop(out int number))
        {
            removals.AddRange(_history.RemovalsOf(number));
            (int first, int end) = _events.SegmentsOf(number);
            for (int i = first; i < end; i++)
            {
                alive.AddRange(_events[i].Element, _events[i].Count);
            }

            foreach (int link in _history.LinksOf(number))
            {
                if (!past.Contains(link))
                {
                    past.Add(link);
                    open.Push(link);
                }
            }
        }

        Remove(removals, alive);
        return alive;
    }

    /// <summary>Ranges are merged before they are looked up: a thousand removals of one long text cost as much as one.</summary>
    private void Remove(List<EventRemoval> removals, BitTree alive)
    {
        removals.Sort();
        int number = -1;
        int reached = 0;
        foreach (EventRemoval removal in CollectionsMarshal.AsSpan(removals))
        {
            int from = removal.Event == number ? Math.Max(removal.Offset, reached) : removal.Offset;
            int end = removal.Offset + removal.Count;
            number = removal.Event;
            reached = removal.Offset == from ? end : Math.Max(reached, end);
            for (int segment = from < end ? _events.SegmentAt(number, from) : 0; from < end; segment++)
            {
                Segment part = _events[segment];
                int take = Math.Min(end, part.Offset + part.Count) - from;
                alive.RemoveRange(part.Element + (from - part.Offset), take);
                from += take;
            }
        }
    }

    /// <summary>Intervals of elements in document order, present or not.</summary>
    public IEnumerable<(int Start, int End)> Entries()
    {
        OrderTree order = _tree.Order;
        for (int leaf = order.FirstLeaf(); leaf >= 0; leaf = order.NextLeaf(leaf))
        {
            for (int index = 0; index < order.CountOf(leaf); index++)
            {
                int meta = order.MetaOf(new Place(leaf, index));
                if (!Entry.IsMarker(meta))
                {
                    int start = order.StartOf(new Place(leaf, index));
                    yield return (start, start + Entry.Length(meta));
                }
            }
        }
    }

    private static int Stretch(BitTree set, int at, int end, out bool contained)
    {
        contained = set.Contains(at);
        if (contained)
        {
            return at + set.RunLength(at, end - at);
        }

        int next = set.Ceiling(at);
        return next < 0 || next > end ? end : next;
    }
}
