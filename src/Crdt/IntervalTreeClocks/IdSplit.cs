namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Cuts an id in two.</summary>
/// <remarks>Spec: interval-tree-clocks, section 2 (split).</remarks>
internal static class IdSplit
{
    /// <summary>Both parts; an empty id gives two empty ones.</summary>
    /// <param name="id">A set.</param>
    /// <param name="first">The left part.</param>
    /// <param name="second">The right part.</param>
    /// <returns>False when a part would be deeper than <see cref="ClockLimits.DepthMax"/>.</returns>
    public static bool TrySplit(in Skyline id, out Skyline first, out Skyline second)
    {
        first = id;
        second = id;
        if (id.Max == 0)
        {
            return true;
        }

        (int from, int middle, int to, int depth) = FindNode(id);
        if (middle < to)
        {
            first = Keep(id, from, middle);
            second = Keep(id, middle, to);
            return true;
        }

        if (depth >= ClockLimits.DepthMax)
        {
            return false;
        }

        first = Halve(id, from, left: 1);
        second = Halve(id, from, left: 0);
        return true;
    }

    /// <summary>The smallest subtree that holds the whole set, as leaves, with its middle; a single leaf has its middle at its end.</summary>
    private static (int From, int Middle, int To, int Depth) FindNode(in Skyline id)
    {
        ReadOnlySpan<ushort> ups = id.Shape.Ups;
        int from = 0, to = id.Count, depth = 0;
        while (to - from > 1)
        {
            int middle = from;
            while (ups[middle] > depth + 1)
            {
                middle++;
            }

            middle++;
            bool isLeftEmpty = middle - from == 1 && id[from] == 0;
            bool isRightEmpty = to - middle == 1 && id[middle] == 0;
            if (!isLeftEmpty && !isRightEmpty)
            {
                return (from, middle, to, depth);
            }

            (from, to) = isLeftEmpty ? (middle, to) : (from, middle);
            depth++;
        }

        return (from, to, to, depth);
    }

    private static Skyline Keep(in Skyline id, int from, int to)
    {
        SkylineBuilder builder = new(joinsSiblings: true);
        try
        {
            for (int i = 0; i < id.Count; i++)
            {
                builder.Push(id.Shape.Depths[i], i >= from && i < to ? id[i] : 0);
            }

            return builder.ToSkyline();
        }
        finally
        {
            builder.Dispose();
        }
    }

    private static Skyline Halve(in Skyline id, int leaf, long left)
    {
        SkylineBuilder builder = new(joinsSiblings: true);
        try
        {
            for (int i = 0; i < id.Count; i++)
            {
                int depth = id.Shape.Depths[i];
                if (i == leaf)
                {
                    builder.Push(depth + 1, left);
                    builder.Push(depth + 1, 1 - left);
                }
                else
                {
                    builder.Push(depth, id[i]);
                }
            }

            return builder.ToSkyline();
        }
        finally
        {
            builder.Dispose();
        }
    }
}
