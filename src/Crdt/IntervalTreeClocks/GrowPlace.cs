namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Where a grow raises the event tree.</summary>
/// <param name="Cost">What it costs.</param>
/// <param name="IdLeaf">Leaf of the id that owns the place; -1 for none.</param>
/// <param name="EventLeaf">Leaf of the event tree that covers it.</param>
internal readonly record struct GrowPlace(GrowCost Cost, int IdLeaf, int EventLeaf)
{
    public static GrowPlace None { get; } = new(new GrowCost(int.MaxValue, int.MaxValue), -1, -1);

    /// <summary>The cheaper place; on a tie the one further right, which is <paramref name="next"/>.</summary>
    public GrowPlace OrCheaper(GrowPlace next) => next.Cost.CompareTo(Cost) <= 0 ? next : this;
}
