namespace P2P.Crdt.HashSeq;

/// <summary>All runs, found by any of their elements, and their extra dependencies.</summary>
internal sealed class RunTable
{
    private readonly ElementMap _byElement = new();
    private readonly ElementMap _left = new(); // element -> children in the slot before it
    private Run[] _runs = new Run[16];
    private int[] _extras = new int[16]; // per list: count, then elements ascending (salts are negative)
    private int _extrasUsed;
    private int _count;

    public int Count => _count;

    public ref Run this[int run] => ref _runs[run];

    /// <summary>The run that holds the element.</summary>
    public int Of(int element)
    {
        _byElement.Floor(element, out int run);
        return run;
    }

    public int Add(Run run)
    {
        if (_count == _runs.Length)
        {
            Array.Resize(ref _runs, _count * 2);
        }

        _runs[_count] = run;
        _byElement.Set(run.Start, _count);
        return _count++;
    }

    /// <summary>Children of a slot. A slot inside a run has none but the implicit successor.</summary>
    public int Children(Slot slot)
    {
        if (slot.IsLeft)
        {
            return _left.Get(slot.Anchor, ChildSets.None);
        }

        ref Run run = ref _runs[Of(slot.Anchor)];
        return run.Last == slot.Anchor ? run.Right : ChildSets.None;
    }

    public void SetChildren(Slot slot, int children)
    {
        if (slot.IsLeft)
        {
            _left.Set(slot.Anchor, children);
        }
        else
        {
            _runs[Of(slot.Anchor)].Right = children;
        }
    }

    /// <summary>Keeps a list of extra dependencies; −1 for an empty one.</summary>
    /// <param name="extras">Ascending, distinct, without the anchor.</param>
    public int Keep(ReadOnlySpan<int> extras)
    {
        if (extras.IsEmpty)
        {
            return -1;
        }

        int at = _extrasUsed;
        _extrasUsed += extras.Length + 1;
        if (_extrasUsed > _extras.Length)
        {
            Array.Resize(ref _extras, Math.Max(_extrasUsed, _extras.Length * 2));
        }

        _extras[at] = extras.Length;
        extras.CopyTo(_extras.AsSpan(at + 1));
        return at;
    }

    public ReadOnlySpan<int> Extras(int list) => list < 0 ? [] : _extras.AsSpan(list + 1, _extras[list]);
}
