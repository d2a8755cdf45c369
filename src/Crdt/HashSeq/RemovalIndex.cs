namespace P2P.Crdt.HashSeq;

/// <summary>
/// Who removes what, counted just enough that a removal can be taken back. Two levels: an introduction (an offset of an event)
/// is removed by so many visible events, an element by so many removed introductions. Each level keeps one bit for "not
/// removed" and counts only the second and later removers, which honest histories hardly have. A range that was removed before
/// costs O(log n), however long it is and however many fragments or aliases lie in it: every introduction flips once.
/// </summary>
/// <remarks>Spec: hashseq, section 7.</remarks>
internal sealed class RemovalIndex(ElementTree tree, EventTable events)
{
    private readonly ElementTree _tree = tree;
    private readonly EventTable _events = events;
    private readonly BitTree _free = new(); // introductions, by their number over all events, that nothing removes
    private readonly CoverCounts _again = new(); // further removers of introductions

    /// <summary>Removes offsets [offset, offset + count) of an event.</summary>
    public void Remove(int number, int offset, int count, SpliceRecorder? sink)
    {
        int first = _events.BaseOf(number);
        for (int at = first + offset, end = at + count; at < end;)
        {
            int free = _free.Ceiling(at);
            free = free < 0 || free > end ? end : free;
            if (free > at)
            {
                _again.Add(at, free - at, 1);
            }

            at = free;
            int run = at < end ? _free.RunLength(at, end - at) : 0;
            if (run > 0)
            {
                _free.RemoveRange(at, run);
                ForEachSegment(number, at - first, run, (Remover: _tree.Removals, sink), static (start, n, s) => s.Remover.Remove(start, n, s.sink));
                at += run;
            }
        }
    }

    /// <summary>Notes a removal made here, whose elements are gone from the text already.</summary>
    public void Note(int number, int offset, int count)
    {
        int first = _events.BaseOf(number);
        for (int at = first + offset, end = at + count; at < end;)
        {
            int free = _free.Ceiling(at);
            free = free < 0 || free > end ? end : free;
            if (free > at)
            {
                // Removed by another event since: the introduction counted for the element twice.
                _again.Add(at, free - at, 1);
                ForEachSegment(number, at - first, free - at, _tree.Removals, static (start, n, removals) => removals.Forget(start, n));
            }

            at = free;
            int run = at < end ? _free.RunLength(at, end - at) : 0;
            _free.RemoveRange(at, run);
            at += run;
        }
    }

    /// <summary>Takes a removal back.</summary>
    public void Restore(int number, int offset, int count, SpliceRecorder sink)
    {
        int first = _events.BaseOf(number);
        for (int at = first + offset, end = at + count; at < end;)
        {
            int next = _again.Stretch(at, end, out bool covered);
            if (covered)
            {
                _again.Add(at, next - at, -1);
            }
            else
            {
                _free.AddRange(at, next - at);
                ForEachSegment(number, at - first, next - at, (Removals: _tree.Removals, sink), static (start, n, s) => s.Removals.Restore(start, n, s.sink));
            }

            at = next;
        }
    }

    /// <summary>An event has offsets now.</summary>
    public void Introduced(int number) => _free.AddRange(_events.BaseOf(number), _events.ElementCount(number));

    private void ForEachSegment<T>(int number, int offset, int count, T state, Action<int, int, T> act)
    {
        int end = offset + count;
        for (int at = _events.SegmentAt(number, offset); offset < end; at++)
        {
            Segment segment = _events[at];
            int take = Math.Min(end, segment.Offset + segment.Count) - offset;
            act(segment.Element + (offset - segment.Offset), take, state);
            offset += take;
        }
    }
}
