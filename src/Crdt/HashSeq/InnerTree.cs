namespace P2P.Crdt.HashSeq;

/// <summary>The levels of the order index above the leaves: two sums per child, found by both and updated upwards. Iterative.</summary>
internal sealed class InnerTree(LeafPages leaves)
{
    private readonly InnerPages _inners = new();
    private readonly LeafPages _leaves = leaves;
    private int _height; // inner levels
    private int _root = leaves.Add();

    /// <summary>Nodes touched so far.</summary>
    public long Visits { get; private set; }

    public int FirstLeaf()
    {
        int node = _root;
        for (int level = _height; level > 0; level--)
        {
            node = _inners.Children[node * InnerPages.Fan];
        }

        return node;
    }

    /// <summary>Adds to the sums of a leaf in all its ancestors.</summary>
    public void Bump(int leaf, int units, int elements)
    {
        int child = leaf;
        for (int node = _leaves.Parents[leaf]; node >= 0; node = _inners.Parents[node])
        {
            Visits++;
            int slot = (node * InnerPages.Fan) + _inners.SlotOf(node, child);
            _inners.Units[slot] += units;
            _inners.Elements[slot] += elements;
            child = node;
        }
    }

    /// <summary>The leaf that holds a visible unit; the units before it. <paramref name="units"/>: total in, the leaf's out.</summary>
    public int Descend(int unit, ref int units, out int start)
    {
        int node = _root;
        int rest = unit;
        for (int level = _height; level > 0; level--)
        {
            Visits++;
            int slot = node * InnerPages.Fan;
            while (rest >= _inners.Units[slot])
            {
                rest -= _inners.Units[slot++];
            }

            units = _inners.Units[slot];
            node = _inners.Children[slot];
        }

        start = unit - rest;
        return node;
    }

    /// <summary>Visible units before a leaf. <paramref name="units"/>: total in, the leaf's out.</summary>
    public int StartOf(int leaf, ref int units)
    {
        int child = leaf;
        int start = 0;
        for (int node = _leaves.Parents[leaf], level = 0; node >= 0; node = _inners.Parents[node], level++)
        {
            Visits++;
            int first = node * InnerPages.Fan;
            int slot = first + _inners.SlotOf(node, child);
            if (level == 0)
            {
                units = _inners.Units[slot];
            }

            for (int i = first; i < slot; i++)
            {
                start += _inners.Units[i];
            }

            child = node;
        }

        return start;
    }

    /// <summary>Present elements before a leaf.</summary>
    public int ElementsBefore(int leaf)
    {
        int child = leaf;
        int elements = 0;
        for (int node = _leaves.Parents[leaf]; node >= 0; node = _inners.Parents[node])
        {
            Visits++;
            int first = node * InnerPages.Fan;
            for (int slot = first + _inners.SlotOf(node, child) - 1; slot >= first; slot--)
            {
                elements += _inners.Elements[slot];
            }

            child = node;
        }

        return elements;
    }

    /// <summary>The next leaf that holds a present element, or −1.</summary>
    public int NextWithElements(int leaf)
    {
        int child = leaf;
        int level = 0;
        for (int node = _leaves.Parents[leaf]; node >= 0; node = _inners.Parents[node], level++)
        {
            Visits++;
            int first = node * InnerPages.Fan;
            for (int slot = first + _inners.SlotOf(node, child) + 1; slot < first + _inners.Counts[node]; slot++)
            {
                if (_inners.Elements[slot] > 0)
                {
                    return FirstWithElements(_inners.Children[slot], level);
                }
            }

            child = node;
        }

        return -1;
    }

    /// <summary>Hangs a leaf in after the one it was split from. Sums: of the new leaf, and of everything.</summary>
    public void InsertAfter(int left, int right, (int Units, int Elements) sums, (int Units, int Elements) total)
    {
        int at = left;
        int child = right;
        int node = _leaves.Parents[left];
        for (int level = 0; ; level++)
        {
            if (node < 0)
            {
                GrowRoot(at, child, sums, total, level);
                return;
            }

            Visits++;
            int slot = _inners.SlotOf(node, at);
            _inners.Units[(node * InnerPages.Fan) + slot] -= sums.Units;
            _inners.Elements[(node * InnerPages.Fan) + slot] -= sums.Elements;
            if (_inners.Counts[node] < InnerPages.Fan)
            {
                _inners.Insert(node, slot + 1, child, sums);
                SetParent(child, node, level);
                return;
            }

            (int sibling, sums) = SplitInner(node, slot + 1, child, sums, level);
            at = node;
            child = sibling;
            node = _inners.Parents[node];
        }
    }

    private (int Sibling, (int Units, int Elements) Sums) SplitInner(int node, int slot, int child, (int Units, int Elements) sums, int level)
    {
        const int Half = InnerPages.Fan / 2;
        int sibling = _inners.Add();
        (int units, int elements) = _inners.MoveTail(node, Half, sibling);
        for (int i = 0; i < Half; i++)
        {
            SetParent(_inners.Children[(sibling * InnerPages.Fan) + i], sibling, level);
        }

        if (slot <= Half)
        {
            _inners.Insert(node, slot, child, sums);
            SetParent(child, node, level);
            return (sibling, (units, elements));
        }

        _inners.Insert(sibling, slot - Half, child, sums);
        SetParent(child, sibling, level);
        return (sibling, (units + sums.Units, elements + sums.Elements));
    }

    private void GrowRoot(int left, int right, (int Units, int Elements) sums, (int Units, int Elements) total, int level)
    {
        int root = _inners.Add();
        _inners.Insert(root, 0, left, (total.Units - sums.Units, total.Elements - sums.Elements));
        _inners.Insert(root, 1, right, sums);
        SetParent(left, root, level);
        SetParent(right, root, level);
        _root = root;
        _height++;
    }

    private void SetParent(int child, int parent, int level)
    {
        if (level == 0)
        {
            _leaves.Parents[child] = parent;
        }
        else
        {
            _inners.Parents[child] = parent;
        }
    }

    private int FirstWithElements(int node, int level)
    {
        for (; level > 0; level--)
        {
            Visits++;
            int slot = node * InnerPages.Fan;
            while (_inners.Elements[slot] == 0)
            {
                slot++;
            }

            node = _inners.Children[slot];
        }

        return node;
    }
}
