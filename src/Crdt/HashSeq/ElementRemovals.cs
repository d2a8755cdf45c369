namespace P2P.Crdt.HashSeq;

/// <summary>Which elements are removed, and by how many introductions beyond the first.</summary>
internal sealed class ElementRemovals(TextStore text, OrderTree order, OrderWriter writer)
{
    private readonly TextStore _text = text;
    private readonly OrderTree _order = order;
    private readonly OrderWriter _writer = writer;
    private readonly BitTree _alive = new();
    private readonly CoverCounts _again = new();

    public bool IsAlive(int element) => _alive.Contains(element);

    public int AliveRun(int start, int most) => _alive.RunLength(start, most);

    public int DeadRun(int start, int most) => _alive.Ceiling(start) is int alive && alive >= 0 ? Math.Min(most, alive - start) : most;

    public void Introduced(int start, int count) => _alive.AddRange(start, count);

    public void Introduced(int element) => _alive.Add(element);

    /// <summary>Counts one more removal of each element of an interval; those that were visible are reported and hidden.</summary>
    public void Remove(int start, int count, SpliceRecorder? sink)
    {
        for (int at = start, end = start + count; at < end;)
        {
            int alive = _alive.Ceiling(at);
            alive = alive < 0 || alive > end ? end : alive;
            if (alive > at)
            {
                _again.Add(at, alive - at, 1);
            }

            at = alive;
            if (at < end)
            {
                Place place = _order.Find(at);
                int first = _order.StartOf(place);
                int meta = _order.MetaOf(place);
                int take = _alive.RunLength(at, Math.Min(end, first + Entry.Length(meta)) - at);
                if (Entry.Kind(meta) == Entry.Visible)
                {
                    Hide(place, at, take, sink);
                }
                else
                {
                    _alive.RemoveRange(at, take); // not there at the moment
                }

                at += take;
            }
        }
    }

    /// <summary>Hides part of a visible entry.</summary>
    public void Hide(Place place, int at, int count, SpliceRecorder? sink)
    {
        int start = _order.StartOf(place);
        sink?.Removed(_order.OffsetOf(place) + _text.Units(start, at - start), _text.Units(at, count));
        _writer.Remove(place, at - start, count);
        _alive.RemoveRange(at, count);
    }

    /// <summary>Takes back one of several removals: nothing comes back.</summary>
    public void Forget(int start, int count) => _again.Add(start, count, -1);

    /// <summary>Takes back a removal of each element of an interval; those that nothing else removes come back.</summary>
    public void Restore(int start, int count, SpliceRecorder sink)
    {
        for (int at = start, end = start + count; at < end;)
        {
            int next = _again.Stretch(at, end, out bool covered);
            if (covered)
            {
                _again.Add(at, next - at, -1);
            }
            else
            {
                _alive.AddRange(at, next - at);
                ShowTombstones(at, next, sink);
            }

            at = next;
        }
    }

    private void ShowTombstones(int at, int end, SpliceRecorder sink)
    {
        while (at < end)
        {
            Place place = _order.Find(at);
            int start = _order.StartOf(place);
            int meta = _order.MetaOf(place);
            int take = Math.Min(end, start + Entry.Length(meta)) - at;
            if (Entry.Kind(meta) == Entry.Tombstone)
            {
                int offset = _order.OffsetOf(place);
                _writer.Mark(place, at - start, take, Entry.Visible);
                sink.Inserted(offset, _text.Copy(at, take));
            }

            at += take;
        }
    }
}
