namespace P2P.Crdt.HashSeq;

/// <summary>
/// Children of slots. A handle is 0 (none), a run number (one child: no id needed) or the complement of a treap root
/// (two and more, sorted by id). Priorities are drawn from a per-process seed, so ids ground by a peer cannot unbalance it.
/// Iterative. Nothing is ever removed.
/// </summary>
internal sealed class ChildSets
{
    public const int None = 0;

    private readonly uint _seed = unchecked((uint)HashCode.Combine(0x5e9));
    private Node[] _nodes = new Node[4];
    private int _count;

    /// <summary>Nodes touched so far.</summary>
    public long Visits { get; private set; }

    /// <summary>A set of one treap node.</summary>
    public int Begin(int run, ElementId id) => Insert(-1, run, id);

    /// <summary>The run with exactly this id, or −1; and the one right below it, or −1.</summary>
    public int Find(int handle, ElementId id, out int below)
    {
        below = -1;
        for (int at = ~handle; at >= 0;)
        {
            Visits++;
            ref Node node = ref _nodes[at];
            int order = id.CompareTo(node.Id);
            if (order == 0)
            {
                return node.Run;
            }

            if (order > 0)
            {
                below = node.Run;
                at = node.Greater;
            }
            else
            {
                at = node.Less;
            }
        }

        return -1;
    }

    /// <summary>Adds a run whose id is not in the set; the new handle.</summary>
    public int Add(int handle, int run, ElementId id) => Insert(~handle, run, id);

    /// <summary>Replaces a run by another with the same first element (a run was split).</summary>
    public void Visit(int handle, List<int> runs)
    {
        if (handle >= 0)
        {
            if (handle > 0)
            {
                runs.Add(handle);
            }

            return;
        }

        Stack<int> open = new();
        for (int at = ~handle; at >= 0 || open.Count > 0;)
        {
            if (at >= 0)
            {
                open.Push(at);
                at = _nodes[at].Less;
                continue;
            }

            at = open.Pop();
            runs.Add(_nodes[at].Run);
            at = _nodes[at].Greater;
        }
    }

    private int Insert(int root, int run, ElementId id)
    {
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, _count * 2);
        }

        int added = _count++;
        _nodes[added] = new Node { Run = run, Id = id, Priority = Mix((uint)added ^ _seed), Less = -1, Greater = -1 };
        ref int link = ref root;
        while (link >= 0 && _nodes[link].Priority >= _nodes[added].Priority)
        {
            Visits++;
            ref Node node = ref _nodes[link];
            link = ref node.Id < id ? ref node.Greater : ref node.Less;
        }

        int rest = link;
        link = added;
        Split(rest, ref _nodes[added], id);
        return ~root;
    }

    /// <summary>Hangs what was at the new node's place below it: smaller ids left, greater right.</summary>
    private void Split(int rest, ref Node added, ElementId id)
    {
        ref int less = ref added.Less;
        ref int greater = ref added.Greater;
        while (rest >= 0)
        {
            Visits++;
            ref Node node = ref _nodes[rest];
            if (node.Id < id)
            {
                less = rest;
                less = ref node.Greater;
                rest = node.Greater;
            }
            else
            {
                greater = rest;
                greater = ref node.Less;
                rest = node.Less;
            }
        }

        less = -1;
        greater = -1;
    }

    private static uint Mix(uint x)
    {
        unchecked
        {
            x = (x ^ (x >> 16)) * 0x7FEB352D;
            x = (x ^ (x >> 15)) * 0x846CA68B;
            return x ^ (x >> 16);
        }
    }

    private struct Node
    {
        public ElementId Id;
        public int Run;
        public int Less;
        public int Greater;
        public uint Priority;
    }
}
