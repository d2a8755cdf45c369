namespace P2P.Crdt.HashSeq;

/// <summary>Inner nodes of the order index as parallel arrays: per child its number and two sums.</summary>
internal sealed class InnerPages
{
    public const int Fan = 32;

    public int[] Children { get; private set; } = new int[Fan];

    /// <summary>Visible UTF-16 units below each child.</summary>
    public int[] Units { get; private set; } = new int[Fan];

    /// <summary>Present elements below each child, tombstones included.</summary>
    public int[] Elements { get; private set; } = new int[Fan];

    public int[] Counts { get; private set; } = new int[1];

    public int[] Parents { get; private set; } = [-1];

    public int Count { get; private set; }

    public int Add()
    {
        int node = Count++;
        if (node == Counts.Length)
        {
            int size = node * 2;
            Children = Grown(Children, size * Fan);
            Units = Grown(Units, size * Fan);
            Elements = Grown(Elements, size * Fan);
            Counts = Grown(Counts, size);
            Parents = Grown(Parents, size);
        }

        Counts[node] = 0;
        Parents[node] = -1;
        return node;
    }

    public int SlotOf(int node, int child) => Children.AsSpan(node * Fan, Counts[node]).IndexOf(child);

    public void Insert(int node, int slot, int child, (int Units, int Elements) sums)
    {
        int at = (node * Fan) + slot;
        int move = Counts[node] - slot;
        Array.Copy(Children, at, Children, at + 1, move);
        Array.Copy(Units, at, Units, at + 1, move);
        Array.Copy(Elements, at, Elements, at + 1, move);
        Children[at] = child;
        Units[at] = sums.Units;
        Elements[at] = sums.Elements;
        Counts[node]++;
    }

    /// <summary>Moves children [from, count) to an empty node; their sums.</summary>
    public (int Units, int Elements) MoveTail(int node, int from, int target)
    {
        int count = Counts[node] - from;
        int at = (node * Fan) + from;
        Array.Copy(Children, at, Children, target * Fan, count);
        Array.Copy(Units, at, Units, target * Fan, count);
        Array.Copy(Elements, at, Elements, target * Fan, count);
        Counts[node] = from;
        Counts[target] = count;
        int units = 0;
        int elements = 0;
        for (int i = 0; i < count; i++)
        {
            units += Units[at + i];
            elements += Elements[at + i];
        }

        return (units, elements);
    }

    private static int[] Grown(int[] array, int size)
    {
        Array.Resize(ref array, size);
        return array;
    }
}
