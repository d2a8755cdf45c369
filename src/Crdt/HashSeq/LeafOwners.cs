namespace P2P.Crdt.HashSeq;

/// <summary>
/// From elements and markers back to their leaf. Elements are kept as intervals of numbers that lie in one leaf: coarser than
/// entries on purpose, so that what happens inside a leaf changes nothing here.
/// </summary>
internal sealed class LeafOwners(TextStore text)
{
    private readonly TextStore _text = text;
    private readonly ElementMap _elements = new(); // start of an interval -> leaf
    private int[] _markers = new int[16];

    public int OfElement(int element)
    {
        _elements.Floor(element, out int leaf);
        return leaf;
    }

    public int OfMarker(int marker) => _markers[marker];

    /// <summary>New elements, the newest of all, were put in a leaf.</summary>
    public void Add(int start, int count, int leaf)
    {
        _elements.Floor(start, out int owner);
        if (owner != leaf)
        {
            Move(start, count, leaf);
        }
    }

    /// <summary>Makes the leaf the owner of an interval of element numbers, and of nothing else.</summary>
    public void Move(int start, int count, int leaf)
    {
        int end = start + count;
        if (end < _text.Count && _elements.Floor(end, out int following) < end)
        {
            _elements.Set(end, following);
        }

        for (int key = _elements.Ceiling(start + 1); key >= 0 && key < end; key = _elements.Ceiling(key + 1))
        {
            _elements.Remove(key);
        }

        _elements.Set(start, leaf);
    }

    public void MoveMarker(int marker, int leaf)
    {
        if (marker >= _markers.Length)
        {
            Array.Resize(ref _markers, Math.Max(marker + 1, _markers.Length * 2));
        }

        _markers[marker] = leaf;
    }
}
