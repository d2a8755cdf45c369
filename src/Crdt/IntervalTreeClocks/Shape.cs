namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// How the interval [0,1) is cut into leaves, from left to right. Immutable and shared: most events change a counter and no cut.
/// </summary>
/// <param name="depths">Level of each leaf; a leaf at level d is 2^-d wide.</param>
/// <param name="ups">
/// Level at which the walk goes on after the leaf: behind it begins the right child at this level; 0 behind the last leaf. Hence the leaves of
/// a subtree at level k end with the first leaf whose entry is at most k, and a merge of two shapes needs neither positions nor a stack.
/// </param>
internal sealed class Shape(ushort[] depths, ushort[] ups)
{
    /// <summary>One leaf: the whole interval.</summary>
    public static Shape Whole { get; } = new([0], [0]);

    public int Count => depths.Length;

    public ReadOnlySpan<ushort> Depths => depths;

    public ReadOnlySpan<ushort> Ups => ups;

    /// <summary>Level of the deepest leaf.</summary>
    public int DepthMax { get; } = Deepest(depths);

    public bool IsSame(Shape other) => ReferenceEquals(this, other) || Depths.SequenceEqual(other.Depths);

    private static int Deepest(ushort[] depths)
    {
        int deepest = 0;
        foreach (ushort depth in depths)
        {
            deepest = Math.Max(deepest, depth);
        }

        return deepest;
    }
}
