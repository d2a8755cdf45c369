namespace P2P.Crdt.Clock;

/// <summary>An event entered or left the visible set.</summary>
/// <param name="Node">The event.</param>
/// <param name="IsShown">Entered.</param>
internal readonly record struct VisibilityChange(EventNode Node, bool IsShown)
{
    /// <summary>Causes first.</summary>
    public static Comparer<VisibilityChange> Causal { get; } =
        Comparer<VisibilityChange>.Create(static (a, b) => EventNode.CompareCanonical(a.Node, b.Node));

    /// <summary>Effects first.</summary>
    public static Comparer<VisibilityChange> ReverseCausal { get; } =
        Comparer<VisibilityChange>.Create(static (a, b) => EventNode.CompareCanonical(b.Node, a.Node));
}
