namespace P2P.Crdt.HashSeq;

/// <summary>Document order of the elements of a snapshot: the in-order walk of its chunks. Iterative, O(chunks · log chunks).</summary>
internal sealed class SnapshotWalk(SnapshotSlots slots)
{
    private readonly SnapshotSlots _slots = slots;
    private readonly Stack<Step> _open = new();
    private readonly List<(int Start, int End)> _order = [];

    /// <summary>Intervals of elements in document order, the origin left out.</summary>
    public List<(int Start, int End)> Run()
    {
        _open.Push(new Step(0, 0, AfterLeft: false));
        while (_open.TryPop(out Step step))
        {
            Walk(step);
        }

        return _order;
    }

    /// <summary>From an element to the end of its chunk, as far as nothing hangs in between.</summary>
    private void Walk(Step step)
    {
        int at = FirstGroup(step.Element, step.AfterLeft);
        bool hangs = at < _slots.Groups.Count && _slots.Groups[at].Anchor <= step.Last;
        if (!hangs)
        {
            Emit(step.Element, step.Last);
            return;
        }

        SnapshotSlots.Group group = _slots.Groups[at];
        if (group.IsLeft)
        {
            Emit(step.Element, group.Anchor - 1);
            _open.Push(new Step(group.Anchor, step.Last, AfterLeft: true));
            Push(group, step.Last);
            return;
        }

        Emit(step.Element, group.Anchor);
        Push(group, step.Last);
    }

    private void Push(SnapshotSlots.Group group, int last)
    {
        Span<int> children = _slots.ChildrenOf(group);
        for (int i = children.Length - 1; i >= 0; i--)
        {
            _open.Push(children[i] == SnapshotSlots.Rest
                ? new Step(group.Anchor + 1, last, AfterLeft: false)
                : new Step(_slots[children[i]].Start, _slots[children[i]].Last, AfterLeft: false));
        }
    }

    private void Emit(int start, int last)
    {
        start = Math.Max(start, 1);
        if (start > last)
        {
            return;
        }

        if (_order.Count > 0 && _order[^1].End == start)
        {
            _order[^1] = (_order[^1].Start, last + 1);
        }
        else
        {
            _order.Add((start, last + 1));
        }
    }

    /// <summary>The first group at this element or later; after its left one when that was walked.</summary>
    private int FirstGroup(int element, bool afterLeft)
    {
        int low = 0;
        int high = _slots.Groups.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            SnapshotSlots.Group group = _slots.Groups[middle];
            bool isBefore = group.Anchor < element || (group.Anchor == element && group.IsLeft && afterLeft);
            (low, high) = isBefore ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private readonly record struct Step(int Element, int Last, bool AfterLeft);
}
