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
    private readonly List<int> _path = []; // nodes of the last search, from the root
    private Node[] _nodes = new Node[4];
    private int _count;

    /// <summary>Nodes touched so far.</summary>
    public long Visits { get; private set; }

    /// <summary>The run with exactly this id, or −1; and the one right below it, or −1.</summary>
    public int Find(int handle, ElementId id, out int below)
    {
        below = -1;
        _path.Clear();
        for (int at = ~handle; at >= 0;)
        {
            Visits++;
            _path.Add(at);
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

    /// <summary>A set of two runs with different ids.</summary>
    public int Begin((int Run, ElementId Id) first, (int Run, ElementId Id) second)
    {
        _path.Clear();
        int handle = Add(-1, (true, first.Run), first.Id);
        Find(handle, second.Id, out _);
        return Add(handle, (false, second.Run), second.Id);
    }

    /// <summary>Adds the run whose id <see cref="Find"/> has just not found in this set; the new handle.</summary>
    public int Add(int handle, int run, ElementId id) => Add(handle, (false, run), id);

    /// <summary>The runs of a set, ascending by id.</summary>
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

    private int Add(int handle, (bool IsFirst, int Run) added, ElementId id)
    {
        if (_count == _nodes.Length)
        {
            Array.Resize(ref _nodes, _count * 2);
        }

        int root = added.IsFirst ? -1 : ~handle;
        int number = _count++;
        _nodes[number] = new Node { Run = added.Run, Id = id, Priority = Mix(unchecked((uint)number ^ _seed)), Less = -1, Greater = -1 };
        ref int link = ref root;
        for (int i = 0; i < _path.Count && _nodes[_path[i]].Priority >= _nodes[number].Priority; i++)
        {
            ref Node node = ref _nodes[_path[i]];
            link = ref node.Id < id ? ref node.Greater : ref node.Less;
        }

        int rest = link;
        link = number;
        Split(rest, ref _nodes[number], id);
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
