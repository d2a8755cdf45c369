using System.Numerics;

namespace P2P.Crdt.Clock;

/// <summary>
/// Persistent map chain → highest sequence number: which events are in a past, in O(log chains) and without walking the
/// DAG. Copies share structure: an event usually costs one small leaf, and a union skips every part both sides share.
/// </summary>
/// <remarks>Spec: replica, section 7. Chain numbers are dense and local, so the trie is at most eight levels deep.</remarks>
internal sealed class PastMap
{
    private const int LevelBits = 4;
    private const int LevelMask = (1 << LevelBits) - 1;

    private readonly Node? _root;
    private readonly int _shift;

    private PastMap(Node? root, int shift)
    {
        _root = root;
        _shift = shift;
    }

    /// <summary>No past.</summary>
    public static PastMap Empty { get; } = new(null, 0);

    /// <summary>Highest sequence number of <paramref name="chain"/>, or 0.</summary>
    public ulong this[int chain]
    {
        get
        {
            if (chain >> _shift > LevelMask)
            {
                return 0;
            }

            Node? node = _root;
            for (int shift = _shift; node is not null; shift -= LevelBits)
            {
                int slot = (chain >> shift) & LevelMask;
                if ((node.Bits & (1 << slot)) == 0)
                {
                    return 0;
                }

                int at = BitOperations.PopCount((uint)(node.Bits & ((1 << slot) - 1)));
                if (shift == 0)
                {
                    return node.Values![at];
                }

                node = node.Children![at];
            }

            return 0;
        }
    }

    /// <summary>This map with <paramref name="chain"/> raised to at least <paramref name="sequence"/>.</summary>
    public PastMap With(int chain, ulong sequence)
    {
        if (this[chain] >= sequence)
        {
            return this;
        }

        if (_root is null || chain >> _shift > LevelMask)
        {
            PastMap single = new(Single(chain, sequence, out int shift), shift);
            return Union(single);
        }

        return new PastMap(With(_root, chain, sequence, _shift), _shift);
    }

    // One path copied. Recursion is bounded by the depth of the trie.
    private static Node With(Node node, int chain, ulong sequence, int shift)
    {
        int bit = 1 << ((chain >> shift) & LevelMask);
        int at = BitOperations.PopCount((uint)(node.Bits & (bit - 1)));
        bool isNew = (node.Bits & bit) == 0;
        if (shift == 0)
        {
            return new Node((ushort)(node.Bits | bit), Replaced(node.Values!, at, isNew, sequence), null);
        }

        Node child = isNew ? Path(chain, sequence, shift - LevelBits) : With(node.Children![at], chain, sequence, shift - LevelBits);
        return new Node((ushort)(node.Bits | bit), null, Replaced(node.Children!, at, isNew, child));
    }

    private static T[] Replaced<T>(T[] items, int at, bool isNew, T value)
    {
        T[] copy = new T[items.Length + (isNew ? 1 : 0)];
        items.AsSpan(0, at).CopyTo(copy);
        copy[at] = value;
        items.AsSpan(isNew ? at : at + 1).CopyTo(copy.AsSpan(at + 1));
        return copy;
    }

    private static Node Path(int chain, ulong sequence, int shift)
    {
        Node node = new((ushort)(1 << (chain & LevelMask)), [sequence], null);
        for (int level = LevelBits; level <= shift; level += LevelBits)
        {
            node = new Node((ushort)(1 << ((chain >> level) & LevelMask)), null, [node]);
        }

        return node;
    }

    /// <summary>The greater value of each chain. Returns one of the two objects when it covers the other.</summary>
    public PastMap Union(PastMap other)
    {
        if (ReferenceEquals(this, other) || other._root is null)
        {
            return this;
        }

        if (_root is null)
        {
            return other;
        }

        int shift = Math.Max(_shift, other._shift);
        Node left = Lift(_root, _shift, shift);
        Node right = Lift(other._root, other._shift, shift);
        Node union = Union(left, right, shift);
        return ReferenceEquals(union, left) && shift == _shift ? this
            : ReferenceEquals(union, right) && shift == other._shift ? other
            : new PastMap(union, shift);
    }

    /// <summary>Chains that are higher here than in a map which this one covers. Skips every part both share: it costs what the union that made it cost.</summary>
    public List<int> RaisedOver(PastMap before)
    {
        List<int> raised = [];
        if (_root is not null && !ReferenceEquals(_root, before._root))
        {
            Raised(_root, before._root is null ? null : Lift(before._root, before._shift, Math.Max(_shift, before._shift)), (_shift, 0), raised);
        }

        return raised;
    }

    private static void Raised(Node node, Node? before, (int Shift, int Prefix) at, List<int> raised)
    {
        int own = 0;
        for (int rest = node.Bits; rest != 0; rest &= rest - 1, own++)
        {
            int bit = rest & -rest;
            int chain = at.Prefix | (BitOperations.TrailingZeroCount(bit) << at.Shift);
            int other = before is not null && (before.Bits & bit) != 0 ? BitOperations.PopCount((uint)(before.Bits & (bit - 1))) : -1;
            if (at.Shift == 0)
            {
                if (other < 0 || node.Values![own] > before!.Values![other])
                {
                    raised.Add(chain);
                }
            }
            else if (other < 0 || !ReferenceEquals(node.Children![own], before!.Children![other]))
            {
                Raised(node.Children![own], other < 0 ? null : before!.Children![other], (at.Shift - LevelBits, chain), raised);
            }
        }
    }

    private static Node Single(int chain, ulong sequence, out int shift)
    {
        shift = 0;
        while (chain >> shift > LevelMask)
        {
            shift += LevelBits;
        }

        return Path(chain, sequence, shift);
    }

    private static Node Lift(Node node, int from, int to)
    {
        for (; from < to; from += LevelBits)
        {
            node = new Node(1, null, [node]);
        }

        return node;
    }

    // Recursion is bounded by the depth of the trie (eight), not by anything a peer sends.
    private static Node Union(Node left, Node right, int shift)
    {
        if (ReferenceEquals(left, right))
        {
            return left;
        }

        ushort bits = (ushort)(left.Bits | right.Bits);
        int count = BitOperations.PopCount(bits);
        ulong[]? values = shift == 0 ? new ulong[count] : null;
        Node[]? children = shift == 0 ? null : new Node[count];
        bool isLeft = bits == left.Bits;
        bool isRight = bits == right.Bits;
        int at = 0;
        int leftAt = 0;
        int rightAt = 0;
        for (int rest = bits; rest != 0; rest &= rest - 1, at++)
        {
            int bit = rest & -rest;
            bool inLeft = (left.Bits & bit) != 0;
            bool inRight = (right.Bits & bit) != 0;
            if (shift == 0)
            {
                ulong a = inLeft ? left.Values![leftAt++] : 0;
                ulong b = inRight ? right.Values![rightAt++] : 0;
                values![at] = Math.Max(a, b);
                isLeft &= a >= b;
                isRight &= b >= a;
            }
            else
            {
                Node? a = inLeft ? left.Children![leftAt++] : null;
                Node? b = inRight ? right.Children![rightAt++] : null;
                Node merged = a is null ? b! : b is null ? a : Union(a, b, shift - LevelBits);
                children![at] = merged;
                isLeft &= ReferenceEquals(merged, a);
                isRight &= ReferenceEquals(merged, b);
            }
        }

        return isLeft ? left : isRight ? right : new Node(bits, values, children);
    }

    private sealed class Node(ushort bits, ulong[]? values, Node[]? children)
    {
        public ushort Bits { get; } = bits;

        public ulong[]? Values { get; } = values;

        public Node[]? Children { get; } = children;
    }
}
