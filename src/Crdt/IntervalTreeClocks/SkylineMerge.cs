namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Two step functions point by point: one walk over both lists of leaves, no stack, no position.</summary>
/// <remarks>Spec: interval-tree-clocks, section 2 (leq, join_e, sum).</remarks>
internal static class SkylineMerge
{
    /// <summary>Whether <paramref name="a"/> is nowhere above <paramref name="b"/>. Allocates nothing.</summary>
    public static bool Leq(in Skyline a, in Skyline b)
    {
        if (a.Max <= b.Min)
        {
            return true;
        }

        if (a.Min > b.Min || a.Max > b.Max)
        {
            return false;
        }

        bool narrow = a.Narrow.Length > 0 && b.Narrow.Length > 0 && b.Min - a.Min <= byte.MaxValue;
        return narrow ? LeqNarrow(a, b, (int)(b.Min - a.Min)) : LeqWide(a, b);
    }

    /// <summary>The larger of both at every point.</summary>
    public static Skyline Max(in Skyline a, in Skyline b)
    {
        if (Leq(b, a))
        {
            return a;
        }

        if (Leq(a, b))
        {
            return b;
        }

        SkylineBuilder builder = new(joinsSiblings: true);
        try
        {
            ReadOnlySpan<ushort> depthsA = a.Shape.Depths, upsA = a.Shape.Ups, depthsB = b.Shape.Depths, upsB = b.Shape.Ups;
            for (int i = 0, j = 0; i < depthsA.Length;)
            {
                int depthA = depthsA[i], depthB = depthsB[j];
                if (depthA == depthB)
                {
                    builder.Push(depthA, Math.Max(a[i++], b[j++]));
                }
                else if (depthA > depthB)
                {
                    long value = b[j++];
                    do
                    {
                        builder.Push(depthsA[i], Math.Max(a[i], value));
                    }
                    while (upsA[i++] > depthB);
                }
                else
                {
                    long value = a[i++];
                    do
                    {
                        builder.Push(depthsB[j], Math.Max(b[j], value));
                    }
                    while (upsB[j++] > depthA);
                }
            }

            return builder.ToSkyline(a.Shape, b.Shape);
        }
        finally
        {
            builder.Dispose();
        }
    }

    /// <summary>The union of two sets (values 0 and 1), refused where they overlap.</summary>
    public static bool TrySum(in Skyline a, in Skyline b, out Skyline sum)
    {
        sum = a;
        if (a.Max == 0 || b.Max == 0)
        {
            sum = a.Max == 0 ? b : a;
            return true;
        }

        SkylineBuilder builder = new(joinsSiblings: true);
        try
        {
            ReadOnlySpan<ushort> depthsA = a.Shape.Depths, upsA = a.Shape.Ups, depthsB = b.Shape.Depths, upsB = b.Shape.Ups;
            for (int i = 0, j = 0; i < depthsA.Length;)
            {
                int depthA = depthsA[i], depthB = depthsB[j];
                bool isCoarserA = depthA < depthB, isCoarserB = depthB < depthA;
                long valueA = a[i], valueB = b[j];
                do
                {
                    valueA = isCoarserA ? valueA : a[i];
                    valueB = isCoarserB ? valueB : b[j];
                    if (valueA + valueB > 1)
                    {
                        return false;
                    }

                    builder.Push(Math.Max(depthsA[i], depthsB[j]), valueA + valueB);
                }
                while (isCoarserA ? upsB[j++] > depthA : isCoarserB && upsA[i++] > depthB);

                i += isCoarserB ? 0 : 1;
                j += isCoarserA ? 0 : 1;
            }

            sum = builder.ToSkyline();
            return true;
        }
        finally
        {
            builder.Dispose();
        }
    }

    private static bool LeqNarrow(in Skyline a, in Skyline b, int rise)
    {
        ReadOnlySpan<byte> valuesA = a.Narrow, valuesB = b.Narrow;
        if (a.Shape.IsSame(b.Shape))
        {
            for (int i = 0; i < valuesA.Length; i++)
            {
                if (valuesA[i] > valuesB[i] + rise)
                {
                    return false;
                }
            }

            return true;
        }

        ReadOnlySpan<ushort> depthsA = a.Shape.Depths, upsA = a.Shape.Ups, depthsB = b.Shape.Depths, upsB = b.Shape.Ups;
        for (int i = 0, j = 0; i < depthsA.Length;)
        {
            int depthA = depthsA[i], depthB = depthsB[j];
            if (depthA >= depthB)
            {
                int value = valuesB[j++] + rise;
                do
                {
                    if (valuesA[i] > value)
                    {
                        return false;
                    }
                }
                while (upsA[i++] > depthB);
            }
            else
            {
                int value = valuesA[i++] - rise;
                do
                {
                    if (value > valuesB[j])
                    {
                        return false;
                    }
                }
                while (upsB[j++] > depthA);
            }
        }

        return true;
    }

    private static bool LeqWide(in Skyline a, in Skyline b)
    {
        ReadOnlySpan<ushort> depthsA = a.Shape.Depths, upsA = a.Shape.Ups, depthsB = b.Shape.Depths, upsB = b.Shape.Ups;
        for (int i = 0, j = 0; i < depthsA.Length;)
        {
            int depthA = depthsA[i], depthB = depthsB[j];
            if (depthA >= depthB)
            {
                long value = b[j++];
                do
                {
                    if (a[i] > value)
                    {
                        return false;
                    }
                }
                while (upsA[i++] > depthB);
            }
            else
            {
                long value = a[i++];
                do
                {
                    if (value > b[j])
                    {
                        return false;
                    }
                }
                while (upsB[j++] > depthA);
            }
        }

        return true;
    }
}
