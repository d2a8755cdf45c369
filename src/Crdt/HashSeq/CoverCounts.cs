namespace P2P.Crdt.HashSeq;

/// <summary>
/// How often each integer is covered by a multiset of intervals: a treap over the interval ends, each with the change of the
/// count there. Adding, taking back and finding uncovered stretches cost O(log n) whatever the lengths; iterative.
/// Priorities come from a per-process seed.
/// </summary>
internal sealed class CoverCounts
{
    private readonly uint _seed = unchecked((uint)HashCode.Combine(0xc0e));
    private readonly List<int> _open = [];
    private Node[] _nodes = new Node[4];
    private int _count;
    private int _root = -1;

    public void Add(int start, int count, int times)
    {
        Change(start, times);
        Change(start + count, -times);
    }

    /// <summary>The end, at most <paramref name="end"/>, of a stretch from <paramref name="at"/> on that is covered throughout or not at all.</summary>
    public int Stretch(int at, int end, out bool covered)
    {
        int sum = 0;
        int next = int.MaxValue;
        _open.Clear();
        for (int node = _root; node >= 0;)
        {
            ref Node n = ref _nodes[node];
            if (n.Position <= at)
            {
                sum += SumOf(n.Less) + n.Change;
                node = n.Greater;
            }
            else
            {
                next = n.Position;
                _open.Add(node);
                node = n.Less;
            }
        }

        covered = sum > 0;
        return Math.Min(end, covered ? FirstZero(sum) : next);
    }

    /// <summary>The first position, among the nodes left open and what is above them, where the count falls to zero.</summary>
    private int FirstZero(int sum)
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            ref Node open = ref _nodes[_open[i]];
            sum += open.Change; // everything less than it is counted already
            if (sum <= 0)
            {
                return open.Position;
            }

            if (open.Greater >= 0 && sum + _nodes[open.Greater].Least <= 0)
            {
                return FirstZeroBelow(open.Greater, sum);
            }

            sum += SumOf(open.Greater);
        }

        return int.MaxValue;
    }

    private int FirstZeroBelow(int node, int sum)
    {
        while (true)
        {
            ref Node n = ref _nodes[node];
            if (n.Less >= 0 && sum + _nodes[n.Less].Least <= 0)
            {
                node = n.Less;
                continue;
            }

            sum += SumOf(n.Less) + n.Change;
            if (sum <= 0)
            {
                return n.Position;
            }

            node = n.Greater;
        }
    }

    private void Change(int position, int change)
    {
        int parent = -1;
        int node = _root;
        while (node >= 0 && _nodes[node].Position != position)
        {
            parent = node;
            node = position < _nodes[node].Position ? _nodes[node].Less : _nodes[node].Greater;
        }

        if (node < 0)
        {
            node = AddNode(position, parent);
            Lift(node);
        }

        _nodes[node].Change += change;
        for (; node >= 0; node = _nodes[node].Parent)
        {
            Sum(node);
        }
    }

    private int AddNode(int position, int parent)
    {
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, _count * 2);
        }

        uint priority = unchecked(((uint)_count ^ _seed) * 0x9E3779B9u);
        priority = unchecked((priority ^ (priority >> 15)) * 0x85EBCA6Bu);
        _nodes[_count] = new Node { Position = position, Parent = parent, Less = -1, Greater = -1, Priority = priority };
        if (parent < 0)
        {
            _root = _count;
        }
        else if (position < _nodes[parent].Position)
        {
            _nodes[parent].Less = _count;
        }
        else
        {
            _nodes[parent].Greater = _count;
        }

        return _count++;
    }

    /// <summary>Rotates a new node up to where its priority belongs.</summary>
    private void Lift(int node)
    {
        while (_nodes[node].Parent is int parent && parent >= 0 && _nodes[parent].Priority < _nodes[node].Priority)
        {
            int grandparent = _nodes[parent].Parent;
            int child;
            if (_nodes[parent].Less == node)
            {
                child = _nodes[node].Greater;
                _nodes[parent].Less = child;
                _nodes[node].Greater = parent;
            }
            else
            {
                child = _nodes[node].Less;
                _nodes[parent].Greater = child;
                _nodes[node].Less = parent;
            }

            if (child >= 0)
            {
                _nodes[child].Parent = parent;
            }

            _nodes[parent].Parent = node;
            _nodes[node].Parent = grandparent;
            if (grandparent < 0)
            {
                _root = node;
            }
            else if (_nodes[grandparent].Less == parent)
            {
                _nodes[grandparent].Less = node;
            }
            else
            {
                _nodes[grandparent].Greater = node;
            }

            Sum(parent);
        }
    }

    private int SumOf(int node) => node < 0 ? 0 : _nodes[node].Sum;

    private void Sum(int node)
    {
        ref Node n = ref _nodes[node];
        int here = SumOf(n.Less) + n.Change;
        int least = n.Less < 0 ? here : Math.Min(_nodes[n.Less].Least, here);
        n.Sum = here + SumOf(n.Greater);
        n.Least = n.Greater < 0 ? least : Math.Min(least, here + _nodes[n.Greater].Least);
    }

    private struct Node
    {
        public int Position;
        public int Change;

        /// <summary>Of the changes in the subtree.</summary>
        public int Sum;

        /// <summary>Least sum of the first changes, one at least, of the subtree.</summary>
        public int Least;

        public int Less;
        public int Greater;
        public int Parent;
        public uint Priority;
    }
}
