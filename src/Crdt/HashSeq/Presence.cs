namespace P2P.Crdt.HashSeq;

/// <summary>
/// Elements that no visible event introduces keep their place in the index, for they may return, but are not there: no width,
/// no part in the frontier, no anchor for local edits. Visible sets are closed under links, so what comes after an absent
/// element in its run, or hangs on it, is absent too.
/// </summary>
/// <remarks>Spec: hashseq, sections 4 and 7; replica, section 9.</remarks>
internal sealed class Presence(TextStore text, OrderTree order, OrderWriter writer, RunTable runs, Frontier frontier)
{
    private readonly TextStore _text = text;
    private readonly OrderTree _order = order;
    private readonly OrderWriter _writer = writer;
    private readonly RunTable _runs = runs;
    private readonly Frontier _frontier = frontier;
    private readonly List<int> _touched = [];

    /// <summary>Elements that are absent: while none is, nothing here costs anything.</summary>
    public int AbsentCount { get; private set; }

    public bool IsPresent(int element) => AbsentCount == 0 || Entry.IsPresent(_order.MetaOf(_order.Find(element)));

    /// <summary>Takes elements out; visible parts are reported.</summary>
    public void MakeAbsent(int start, int count, SpliceRecorder sink)
    {
        int end = start + count;
        for (int at = start; at < end;)
        {
            Place place = _order.Find(at);
            int first = _order.StartOf(place);
            int meta = _order.MetaOf(place);
            int take = Math.Min(end, first + Entry.Length(meta)) - at;
            if (Entry.Kind(meta) == Entry.Visible)
            {
                sink.Removed(_order.OffsetOf(place) + _text.Units(first, at - first), _text.Units(at, take));
            }

            if (Entry.IsPresent(meta))
            {
                AbsentCount += take;
                _writer.Mark(place, at - first, take, Entry.Absent);
                Rename(at, at + take, -1);
            }

            at += take;
        }
    }

    /// <summary>Puts absent elements of an interval back: as text when they are alive, else as tombstones.</summary>
    public void MakePresent(int start, int count, ElementRemovals removals, SpliceRecorder? sink)
    {
        int end = start + count;
        for (int at = start; AbsentCount > 0 && at < end;)
        {
            Place place = _order.Find(at);
            int first = _order.StartOf(place);
            int meta = _order.MetaOf(place);
            int take = Math.Min(end, first + Entry.Length(meta)) - at;
            if (!Entry.IsPresent(meta))
            {
                int alive = removals.IsAlive(at) ? removals.AliveRun(at, take) : 0;
                take = alive > 0 ? alive : removals.DeadRun(at, take);
                int offset = _order.OffsetOf(place);
                AbsentCount -= take;
                _writer.Mark(place, at - first, take, alive > 0 ? Entry.Visible : Entry.Tombstone);
                Rename(at, at + take, 1);
                if (alive > 0)
                {
                    sink?.Inserted(offset, _text.Copy(at, take));
                }
            }

            at += take;
        }
    }

    /// <summary>Brings the frontier up to date with the elements whose names changed.</summary>
    public void Settle()
    {
        foreach (int element in _touched)
        {
            if (element != 0 && IsPresent(element) && !IsNamed(element))
            {
                _frontier.Add(element);
            }
            else
            {
                _frontier.Remove(element);
            }
        }

        _touched.Clear();
    }

    /// <summary>Whether the slot after a present element holds a present element.</summary>
    /// <param name="anchor">The element.</param>
    /// <param name="close">The marker at the end of its run's subtree, when the slot was ever used and the element is not the origin.</param>
    public bool HasPresentRight(int anchor, int close)
    {
        ref Run run = ref _runs[_runs.Of(anchor)];
        if (anchor < run.Last)
        {
            return IsPresent(anchor + 1);
        }

        if (AbsentCount == 0 || run.Right == ChildSets.None)
        {
            return run.Right != ChildSets.None;
        }

        // What is present stands on present anchors only. So the slot holds one if its subtree does, and that is what lies between the
        // element and the end of its run's subtree: nobody can make us look through a thousand absent children.
        if (anchor == 0)
        {
            return _order.PresentCount > 1;
        }

        Place place = _order.Find(anchor);
        int through = _order.PresentBefore(place) + anchor - _order.StartOf(place) + 1;
        return _order.PresentBefore(_order.FindMarker(close)) > through;
    }

    private bool IsNamed(int element) =>
        _frontier.IsNamed(element) || (element < _runs[_runs.Of(element)].Last && IsPresent(element + 1));

    /// <summary>Elements [start, end) came (+1) or went (−1), and with them the names they give.</summary>
    private void Rename(int start, int end, int change)
    {
        for (int at = start; at < end;)
        {
            ref Run run = ref _runs[_runs.Of(at)];
            if (at == run.Start)
            {
                CountName(run.Anchor, change);
                foreach (int extra in _runs.Extras(run.Extras))
                {
                    CountName(extra, change);
                }
            }
            else
            {
                _touched.Add(at - 1);
            }

            int last = Math.Min(end - 1, run.Last);
            _touched.Add(last);
            for (int member = _frontier.NextMember(at); change < 0 && member >= 0 && member < last; member = _frontier.NextMember(member + 1))
            {
                _touched.Add(member);
            }

            at = last + 1;
        }
    }

    private void CountName(int element, int change)
    {
        if (element > 0)
        {
            _frontier.CountName(element, change);
            _touched.Add(element);
        }
    }
}
