namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// How an event raises the event tree: <em>fill</em> raises what I own to the level around it, which makes the tree simpler; where there is nothing to
/// fill, <em>grow</em> adds 1 at the cheapest place I own.
/// </summary>
/// <remarks>Spec: interval-tree-clocks, section 2. An owned leaf has value 1 in the id.</remarks>
internal static class Growth
{
    /// <summary>The event tree after one event.</summary>
    /// <param name="id">Owns something.</param>
    /// <param name="events">The tree before.</param>
    public static Skyline Event(in Skyline id, in Skyline events) =>
        FindPlace(id, events) is GrowPlace place ? GrowAt(id, events, place) : Fill(id, events);

    /// <summary>Adds 1 at the cheapest owned place.</summary>
    /// <param name="id">Owns something.</param>
    /// <param name="events">Nowhere finer than an owned leaf, as after a fill.</param>
    /// <param name="cost">What it cost.</param>
    public static Skyline Grow(in Skyline id, in Skyline events, out GrowCost cost)
    {
        GrowPlace best = GrowPlace.None;
        ReadOnlySpan<ushort> idDepths = id.Shape.Depths, idUps = id.Shape.Ups, depths = events.Shape.Depths, ups = events.Shape.Ups;
        for (int i = 0, j = 0; i < idDepths.Length;)
        {
            int depth = depths[j];
            if (depth <= idDepths[i])
            {
                best = CheapestUnder(id, ref i, j++, depth, best);
            }
            else
            {
                SkipTo(ups, ref j, idDepths[i++]);
            }
        }

        cost = best.Cost;
        return GrowAt(id, events, best);
    }

    /// <summary>Raises every owned part to the level visible around it.</summary>
    public static Skyline Fill(in Skyline id, in Skyline events)
    {
        SkylineBuilder cells = new(joinsSiblings: false);
        SkylineBuilder filled = new(joinsSiblings: true);
        try
        {
            List<int> owned = Cut(id, events, ref cells);
            ReadOnlySpan<ushort> depths = cells.Depths;

            // Deepest first: the region beside an owned cell holds only owned cells deeper than it.
            int[] order = [.. owned];
            int[] keys = new int[order.Length];
            for (int i = 0; i < keys.Length; i++)
            {
                keys[i] = -depths[order[i]];
            }

            Array.Sort(keys, order);
            foreach (int cell in order)
            {
                cells.Values[cell] = Math.Max(cells.Values[cell], LowestBeside(cells.Ups, cells.Values, cell, depths[cell]));
            }

            for (int i = 0; i < depths.Length; i++)
            {
                filled.Push(depths[i], cells.Values[i]);
            }

            return filled.ToSkyline(events.Shape);
        }
        finally
        {
            cells.Dispose();
            filled.Dispose();
        }
    }

    /// <summary>The cheapest place to grow, or null when a fill changes something. Allocates nothing.</summary>
    private static GrowPlace? FindPlace(in Skyline id, in Skyline events)
    {
        GrowPlace best = GrowPlace.None;
        ReadOnlySpan<ushort> idDepths = id.Shape.Depths, depths = events.Shape.Depths, ups = events.Shape.Ups;
        for (int i = 0, j = 0; i < idDepths.Length;)
        {
            int depth = depths[j];
            if (depth < idDepths[i])
            {
                best = CheapestUnder(id, ref i, j++, depth, best);
                continue;
            }

            int idDepth = idDepths[i];
            bool isOwned = id[i] == 1;
            if (isOwned && (depth > idDepth || IsBelowNeighbour(events, j, idDepth)))
            {
                return null;
            }

            best = isOwned ? best.OrCheaper(new GrowPlace(new GrowCost(0, idDepth), i, j)) : best;
            SkipTo(ups, ref j, idDepth);
            i++;
        }

        return best;
    }

    /// <summary>Cheapest owned id leaf inside one event leaf; moves behind the id leaves it covers.</summary>
    private static GrowPlace CheapestUnder(in Skyline id, ref int i, int eventLeaf, int depth, GrowPlace best)
    {
        ReadOnlySpan<ushort> idDepths = id.Shape.Depths, idUps = id.Shape.Ups;
        do
        {
            if (id[i] == 1)
            {
                best = best.OrCheaper(new GrowPlace(new GrowCost(idDepths[i] - depth, idDepths[i]), i, eventLeaf));
            }
        }
        while (idUps[i++] > depth);

        return best;
    }

    private static Skyline GrowAt(in Skyline id, in Skyline events, GrowPlace place)
    {
        if (place.Cost.Expansions == 0)
        {
            return events.Raise(place.EventLeaf);
        }

        long value = events[place.EventLeaf];
        if (value == long.MaxValue)
        {
            throw new ClockOverflowException();
        }

        SkylineBuilder path = new(joinsSiblings: false);
        SkylineBuilder grown = new(joinsSiblings: false);
        try
        {
            ReadOnlySpan<ushort> depths = events.Shape.Depths, idDepths = id.Shape.Depths;
            for (int i = 0; i < place.IdLeaf; i++)
            {
                path.Push(idDepths[i], 0);
            }

            path.Descend(place.Cost.Depth);
            for (int j = 0; j < depths.Length; j++)
            {
                if (j == place.EventLeaf)
                {
                    PushPath(ref grown, path.Lefts, depths[j], place.Cost.Depth, value);
                }
                else
                {
                    grown.Push(depths[j], events[j]);
                }
            }

            return grown.ToSkyline();
        }
        finally
        {
            path.Dispose();
            grown.Dispose();
        }
    }

    /// <summary>One leaf cut down to a place inside it: the place is raised, the siblings along the path keep the value.</summary>
    private static void PushPath(ref SkylineBuilder grown, ReadOnlySpan<ushort> lefts, int from, int to, long value)
    {
        for (int level = from + 1; level <= to; level++)
        {
            if (lefts.BinarySearch((ushort)level) < 0)
            {
                grown.Push(level, value);
            }
        }

        grown.Push(to, value + 1);
        for (int i = lefts.Length - 1; i >= 0 && lefts[i] > from; i--)
        {
            grown.Push(lefts[i], value);
        }
    }

    /// <summary>The event tree with every owned part as one leaf at its maximum; returns these leaves.</summary>
    private static List<int> Cut(in Skyline id, in Skyline events, ref SkylineBuilder cells)
    {
        List<int> owned = [];
        ReadOnlySpan<ushort> idDepths = id.Shape.Depths, idUps = id.Shape.Ups, depths = events.Shape.Depths, ups = events.Shape.Ups;
        for (int i = 0, j = 0; i < idDepths.Length;)
        {
            int idDepth = idDepths[i];
            if (depths[j] < idDepth)
            {
                SkipTo(idUps, ref i, depths[j]);
                cells.Push(depths[j], events[j]);
                j++;
                continue;
            }

            long highest = 0;
            bool isOwned = id[i++] == 1;
            do
            {
                highest = Math.Max(highest, events[j]);
                if (!isOwned)
                {
                    cells.Push(depths[j], events[j]);
                }
            }
            while (ups[j++] > idDepth);

            if (isOwned)
            {
                owned.Add(cells.Count);
                cells.Push(idDepth, highest);
            }
        }

        return owned;
    }

    /// <summary>Lowest value in the sibling of a leaf; 0 for the whole interval, which has none.</summary>
    private static long LowestBeside(ReadOnlySpan<ushort> ups, ReadOnlySpan<long> values, int leaf, int depth)
    {
        if (depth == 0)
        {
            return 0;
        }

        int at = leaf;
        long lowest = long.MaxValue;
        if (ups[leaf] == depth)
        {
            do
            {
                lowest = Math.Min(lowest, values[++at]);
            }
            while (ups[at] > depth);

            return lowest;
        }

        do
        {
            lowest = Math.Min(lowest, values[--at]);
        }
        while (at > 0 && ups[at - 1] > depth);

        return lowest;
    }

    private static bool IsBelowNeighbour(in Skyline events, int leaf, int depth)
    {
        if (depth == 0)
        {
            return false;
        }

        ReadOnlySpan<ushort> ups = events.Shape.Ups;
        long value = events[leaf];
        bool isLeft = ups[leaf] == depth;
        int at = leaf;
        do
        {
            at += isLeft ? 1 : -1;
            if (events[at] <= value)
            {
                return false;
            }
        }
        while (isLeft ? ups[at] > depth : at > 0 && ups[at - 1] > depth);

        return true;
    }

    /// <summary>Moves behind the leaves of the subtree at a level.</summary>
    private static void SkipTo(ReadOnlySpan<ushort> ups, ref int leaf, int depth)
    {
        while (ups[leaf] > depth)
        {
            leaf++;
        }

        leaf++;
    }
}
