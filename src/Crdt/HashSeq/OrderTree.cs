namespace P2P.Crdt.HashSeq;

/// <summary>
/// The position index: an order-statistic B+tree over fragments (intervals of element numbers that are neighbours in
/// document order and of one kind) and zero-width markers. Everything is O(log n) in the worst case; work inside one leaf
/// is O(1) amortised, because sums of the current leaf are carried up only when another leaf is touched.
/// </summary>
/// <remarks>Spec: hashseq, section 10.</remarks>
internal sealed class OrderTree
{
    private readonly TextStore _text;
    private readonly LeafPages _leaves = new();
    private readonly InnerTree _inner;
    private readonly LeafOwners _owners;
    private int _elements;
    private long _visits;

    // The current leaf: sums below are not yet in its ancestors.
    private int _leaf;
    private int _leafStart; // visible units before it, −1 = unknown
    private int _leafUnits;
    private int _unitsDue;
    private int _elementsDue;

    public OrderTree(TextStore text)
    {
        _text = text;
        _inner = new InnerTree(_leaves);
        _owners = new LeafOwners(text);
    }

    /// <summary>Visible UTF-16 units in all.</summary>
    public int Units { get; private set; }

    /// <summary>Present elements in all, the origin included.</summary>
    public int PresentCount => _elements;

    /// <summary>Nodes touched so far: the unit in which tests count cost.</summary>
    public long Visits => _visits + _inner.Visits;

    /// <summary>For memory reports.</summary>
    public int LeafCount => _leaves.Count;

    public int StartOf(Place place) => _leaves.Starts[(place.Leaf * LeafPages.Fan) + place.Index];

    public int MetaOf(Place place) => _leaves.Metas[(place.Leaf * LeafPages.Fan) + place.Index];

    public int CountOf(int leaf) => _leaves.Counts[leaf];

    public int NextLeaf(int leaf) => _leaves.Nexts[leaf];

    /// <summary>The first leaf in document order.</summary>
    public int FirstLeaf() => _inner.FirstLeaf();

    /// <summary>The visible entry that holds unit <paramref name="unit"/>, and the units before it inside that entry.</summary>
    public Place Seek(int unit, out int within)
    {
        if (_leafStart < 0 || unchecked((uint)(unit - _leafStart)) >= (uint)_leafUnits)
        {
            Flush();
            _leafUnits = Units;
            _leaf = _inner.Descend(unit, ref _leafUnits, out _leafStart);
        }

        _visits++;
        int rest = unit - _leafStart;
        int at = _leaf * LeafPages.Fan;
        for (int index = 0; ; index++)
        {
            int units = UnitsOf(_leaves.Starts[at + index], _leaves.Metas[at + index]);
            if (rest < units)
            {
                within = rest;
                return new Place(_leaf, index);
            }

            rest -= units;
        }
    }

    /// <summary>Visible units before the entry.</summary>
    public int OffsetOf(Place place)
    {
        MakeCurrent(place.Leaf);
        if (_leafStart < 0)
        {
            Flush();
            _leafUnits = Units;
            _leafStart = _inner.StartOf(place.Leaf, ref _leafUnits);
        }

        int units = _leafStart;
        int at = place.Leaf * LeafPages.Fan;
        for (int index = 0; index < place.Index; index++)
        {
            units += UnitsOf(_leaves.Starts[at + index], _leaves.Metas[at + index]);
        }

        return units;
    }

    /// <summary>Present elements before the entry.</summary>
    public int PresentBefore(Place place)
    {
        Flush();
        _visits++;
        int elements = _inner.ElementsBefore(place.Leaf);
        int at = place.Leaf * LeafPages.Fan;
        for (int index = 0; index < place.Index; index++)
        {
            int meta = _leaves.Metas[at + index];
            elements += Entry.IsPresent(meta) ? Entry.Length(meta) : 0;
        }

        return elements;
    }

    /// <summary>The entry that holds the element.</summary>
    public Place Find(int element)
    {
        _visits++;
        int leaf = _owners.OfElement(element);
        int at = leaf * LeafPages.Fan;
        for (int index = 0; ; index++)
        {
            int meta = _leaves.Metas[at + index];
            if (unchecked((uint)(element - _leaves.Starts[at + index])) < (uint)Entry.Length(meta) && !Entry.IsMarker(meta))
            {
                return new Place(leaf, index);
            }
        }
    }

    public Place FindMarker(int marker)
    {
        _visits++;
        int leaf = _owners.OfMarker(marker);
        int at = leaf * LeafPages.Fan;
        for (int index = 0; ; index++)
        {
            if (_leaves.Starts[at + index] == marker && Entry.IsMarker(_leaves.Metas[at + index]))
            {
                return new Place(leaf, index);
            }
        }
    }

    /// <summary>The next present entry (visible or tombstone) after this one, or null at the end.</summary>
    public Place? NextPresent(Place place)
    {
        _visits++;
        int at = place.Leaf * LeafPages.Fan;
        for (int index = place.Index + 1; index < _leaves.Counts[place.Leaf]; index++)
        {
            if (Entry.IsPresent(_leaves.Metas[at + index]))
            {
                return new Place(place.Leaf, index);
            }
        }

        Flush();
        int leaf = _inner.NextWithElements(place.Leaf);
        return leaf < 0 ? null : FirstPresent(leaf);
    }

    /// <summary>Makes room for <paramref name="slots"/> more entries in the leaf; where the entry is afterwards.</summary>
    public Place Reserve(Place place, int slots)
    {
        if (_leaves.Counts[place.Leaf] + slots <= LeafPages.Fan)
        {
            return place;
        }

        int half = _leaves.Counts[place.Leaf] / 2;
        int right = SplitLeaf(place.Leaf, half);
        return place.Index < half ? place : new Place(right, place.Index - half);
    }

    /// <summary>Inserts an entry of elements that are in no entry yet. The leaf must have room.</summary>
    public void InsertElements(Place at, int start, int kind, int length)
    {
        int meta = Entry.Make(kind, length, _text.HasAstral(start, length));
        _leaves.Insert(at.Leaf, at.Index, start, meta);
        _owners.Add(start, length, at.Leaf);
        Bump(at.Leaf, UnitsOf(start, meta), Entry.IsPresent(meta) ? length : 0);
    }

    /// <summary>Inserts a marker. The leaf must have room.</summary>
    public void InsertMarker(Place at, int marker, int kind)
    {
        _leaves.Insert(at.Leaf, at.Index, marker, Entry.Make(kind, 0, astral: false));
        _owners.MoveMarker(marker, at.Leaf);
    }

    /// <summary>Gives a marker another number (a run was split and its tail inherits the end).</summary>
    public void RenameMarker(int from, int to)
    {
        Place place = FindMarker(from);
        _leaves.Starts[(place.Leaf * LeafPages.Fan) + place.Index] = to;
        _owners.MoveMarker(to, place.Leaf);
    }

    /// <summary>Cuts an entry in two before its element number <paramref name="head"/>. The leaf must have room.</summary>
    public void Cut(Place place, int head)
    {
        int at = (place.Leaf * LeafPages.Fan) + place.Index;
        int start = _leaves.Starts[at];
        int meta = _leaves.Metas[at];
        int kind = Entry.Kind(meta);
        int rest = Entry.Length(meta) - head;
        bool astral = Entry.IsAstral(meta);
        _leaves.Metas[at] = Entry.Make(kind, head, astral && _text.HasAstral(start, head));
        _leaves.Insert(place.Leaf, place.Index + 1, start + head, Entry.Make(kind, rest, astral && _text.HasAstral(start + head, rest)));
    }

    /// <summary>Lengthens a visible entry by new elements that follow it in number and in order.</summary>
    public void Extend(Place place, int start, int count)
    {
        int at = (place.Leaf * LeafPages.Fan) + place.Index;
        int meta = _leaves.Metas[at];
        int units = _text.Units(start, count);
        _leaves.Metas[at] = Entry.Make(Entry.Visible, Entry.Length(meta) + count, Entry.IsAstral(meta) || units != count);
        _owners.Add(start, count, place.Leaf);
        Bump(place.Leaf, units, count);
    }

    /// <summary>Typing: one more scalar below U+10000 at the end of the entry that holds the newest element.</summary>
    public void ExtendByOne(Place place)
    {
        _leaves.Metas[(place.Leaf * LeafPages.Fan) + place.Index] += Entry.One;
        Bump(place.Leaf, 1, 1);
    }

    /// <summary>Changes the kind of a whole entry and joins tombstones that became neighbours.</summary>
    public void SetKind(Place place, int kind)
    {
        int at = (place.Leaf * LeafPages.Fan) + place.Index;
        int meta = _leaves.Metas[at];
        int start = _leaves.Starts[at];
        int length = Entry.Length(meta);
        int changed = Entry.WithKind(meta, kind);
        _leaves.Metas[at] = changed;
        Bump(
            place.Leaf,
            UnitsOf(start, changed) - UnitsOf(start, meta),
            (Entry.IsPresent(changed) ? length : 0) - (Entry.IsPresent(meta) ? length : 0));
        if (place.Index + 1 < _leaves.Counts[place.Leaf])
        {
            TryJoin(place.Leaf, place.Index);
        }

        if (place.Index > 0)
        {
            TryJoin(place.Leaf, place.Index - 1);
        }
    }

    /// <summary>Gives the last elements of a visible entry to the tombstone right after it: backspacing, in O(1).</summary>
    public bool TryShiftRight(Place place, int count)
    {
        int at = (place.Leaf * LeafPages.Fan) + place.Index;
        int length = Entry.Length(_leaves.Metas[at]);
        if (place.Index + 1 == _leaves.Counts[place.Leaf] || count >= length || !IsTombstoneBeside(at, at + 1)
            || _leaves.Starts[at + 1] != _leaves.Starts[at] + length)
        {
            return false;
        }

        _leaves.Starts[at + 1] -= count;
        return MoveBorder(place, at + 1, count);
    }

    /// <summary>Gives the first elements of a visible entry to the tombstone right before it: forward deletion, in O(1).</summary>
    public bool TryShiftLeft(Place place, int count)
    {
        int at = (place.Leaf * LeafPages.Fan) + place.Index;
        if (place.Index == 0 || count >= Entry.Length(_leaves.Metas[at]) || !IsTombstoneBeside(at, at - 1)
            || _leaves.Starts[at - 1] + Entry.Length(_leaves.Metas[at - 1]) != _leaves.Starts[at])
        {
            return false;
        }

        _leaves.Starts[at] += count;
        return MoveBorder(place, at - 1, count);
    }

    private bool IsTombstoneBeside(int at, int beside) => Entry.Kind(_leaves.Metas[beside]) == Entry.Tombstone
        && !Entry.IsAstral(_leaves.Metas[at]) && !Entry.IsAstral(_leaves.Metas[beside]);

    private bool MoveBorder(Place place, int tombstone, int count)
    {
        _leaves.Metas[(place.Leaf * LeafPages.Fan) + place.Index] -= count * Entry.One;
        _leaves.Metas[tombstone] += count * Entry.One;
        Bump(place.Leaf, -count, 0);
        return true;
    }

    private void TryJoin(int leaf, int index)
    {
        int at = (leaf * LeafPages.Fan) + index;
        int left = _leaves.Metas[at];
        int right = _leaves.Metas[at + 1];
        int length = Entry.Length(left) + Entry.Length(right);
        if (Entry.Kind(left) != Entry.Kind(right) || Entry.IsMarker(left)
            || _leaves.Starts[at] + Entry.Length(left) != _leaves.Starts[at + 1] || length > Entry.LengthMax)
        {
            return;
        }

        _leaves.Metas[at] = Entry.Make(Entry.Kind(left), length, Entry.IsAstral(left) || Entry.IsAstral(right));
        _leaves.RemoveAt(leaf, index + 1);
    }

    private int UnitsOf(int start, int meta)
    {
        if (Entry.Kind(meta) != Entry.Visible)
        {
            return 0;
        }

        int length = Entry.Length(meta);
        return Entry.IsAstral(meta) ? _text.Units(start, length) : length;
    }

    private void Bump(int leaf, int units, int elements)
    {
        MakeCurrent(leaf);
        _unitsDue += units;
        _elementsDue += elements;
        _leafUnits += units;
        Units += units;
        _elements += elements;
    }

    private void MakeCurrent(int leaf)
    {
        if (leaf != _leaf)
        {
            Flush();
            _leaf = leaf;
            _leafStart = -1;
            _leafUnits = 0;
        }
    }

    /// <summary>Carries what the current leaf owes into its ancestors.</summary>
    private void Flush()
    {
        if (_unitsDue != 0 || _elementsDue != 0)
        {
            _inner.Bump(_leaf, _unitsDue, _elementsDue);
            _unitsDue = 0;
            _elementsDue = 0;
        }
    }

    private Place FirstPresent(int leaf)
    {
        int index = 0;
        while (!Entry.IsPresent(_leaves.Metas[(leaf * LeafPages.Fan) + index]))
        {
            index++;
        }

        return new Place(leaf, index);
    }

    private int SplitLeaf(int leaf, int half)
    {
        Flush();
        int right = _leaves.Add();
        _leaves.MoveTail(leaf, half, right);
        int units = 0;
        int elements = 0;
        int at = right * LeafPages.Fan;
        for (int i = at; i < at + _leaves.Counts[right]; i++)
        {
            int start = _leaves.Starts[i];
            int meta = _leaves.Metas[i];
            if (Entry.IsMarker(meta))
            {
                _owners.MoveMarker(start, right);
                continue;
            }

            units += UnitsOf(start, meta);
            elements += Entry.IsPresent(meta) ? Entry.Length(meta) : 0;
            _owners.Move(start, Entry.Length(meta), right);
        }

        _inner.InsertAfter(leaf, right, (units, elements), (Units, _elements));
        _leafStart = -1;
        return right;
    }
}
