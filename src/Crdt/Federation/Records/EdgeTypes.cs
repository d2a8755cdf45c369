namespace P2P.Crdt.Federation.Records;

/// <summary>The type registry of edges: which types keep the order of their endpoints.</summary>
/// <remarks>
/// Spec: federation, section 2, "ascending unless the type registry says ordered". The registry is a rule on the name, part
/// of validity: a table that can be edited would let two replicas judge one event differently.
/// </remarks>
public static class EdgeTypes
{
    /// <summary>Names that begin so keep the order of their endpoints, which may then repeat.</summary>
    public const string OrderedPrefix = "ordered:";

    /// <summary>Whether endpoints of this type stand in an order of their own.</summary>
    /// <param name="type">Edge type.</param>
    public static bool IsOrdered(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        return type.StartsWith(OrderedPrefix, StringComparison.Ordinal);
    }
}
