namespace P2P.Crdt.HashSeq;

/// <summary>Leaves of the order index as parallel arrays; a leaf is a number.</summary>
internal sealed class LeafPages
{
    public const int Fan = 32;

    public int[] Starts { get; private set; } = new int[Fan];

    public int[] Metas { get; private set; } = new int[Fan];

    public int[] Counts { get; private set; } = new int[1];

    public int[] Parents { get; private set; } = [-1];

    public int[] Nexts { get; private set; } = [-1];

    public int Count { get; private set; }

    public int Add()
    {
        int leaf = Count++;
        if (leaf == Counts.Length)
        {
            int size = leaf * 2;
            Starts = Grown(Starts, size * Fan);
            Metas = Grown(Metas, size * Fan);
            Counts = Grown(Counts, size);
            Parents = Grown(Parents, size);
            Nexts = Grown(Nexts, size);
        }

        Counts[leaf] = 0;
        Parents[leaf] = -1;
        Nexts[leaf] = -1;
        return leaf;
    }

    /// <summary>Opens a hole at <paramref name="index"/> of a leaf that has room and writes the entry there.</summary>
    public void Insert(int leaf, int index, int start, int meta)
    {
        int at = (leaf * Fan) + index;
        int move = Counts[leaf] - index;
        Array.Copy(Starts, at, Starts, at + 1, move);
        Array.Copy(Metas, at, Metas, at + 1, move);
        Starts[at] = start;
        Metas[at] = meta;
        Counts[leaf]++;
    }

    public void RemoveAt(int leaf, int index)
    {
        int at = (leaf * Fan) + index;
        int move = Counts[leaf] - index - 1;
        Array.Copy(Starts, at + 1, Starts, at, move);
        Array.Copy(Metas, at + 1, Metas, at, move);
        Counts[leaf]--;
    }

    /// <summary>Moves entries [from, count) of one leaf to an empty one.</summary>
    public void MoveTail(int leaf, int from, int target)
    {
        int count = Counts[leaf] - from;
        Array.Copy(Starts, (leaf * Fan) + from, Starts, target * Fan, count);
        Array.Copy(Metas, (leaf * Fan) + from, Metas, target * Fan, count);
        Counts[leaf] = from;
        Counts[target] = count;
        Nexts[target] = Nexts[leaf];
        Nexts[leaf] = target;
    }

    private static int[] Grown(int[] array, int size)
    {
        Array.Resize(ref array, size);
        return array;
    }
}
