namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>
/// What a grow costs, compared in this order. A pair and not "a large constant per expansion": with the published constant of 1,000 the choice flips
/// at a depth of 1,002.
/// </summary>
/// <param name="Expansions">New inner nodes.</param>
/// <param name="Depth">Level of the raised leaf.</param>
internal readonly record struct GrowCost(int Expansions, int Depth) : IComparable<GrowCost>
{
    public int CompareTo(GrowCost other) => Expansions != other.Expansions ? Expansions.CompareTo(other.Expansions) : Depth.CompareTo(other.Depth);
}
