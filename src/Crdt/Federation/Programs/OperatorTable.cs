namespace P2P.Crdt.Federation.Programs;

/// <summary>The operators of <c>pel/1</c>. Division does not exist, nor does anything that could differ between two machines.</summary>
internal static class OperatorTable
{
    /// <summary>Most inputs of any operator.</summary>
    public const int InputsMax = 1_024;

    private static readonly OperatorShape[] s_shapes =
    [
        new("const", 0, 0, OperatorParameters.IsConst),
        new("concat", 0, InputsMax, OperatorParameters.IsEmpty),
        new("slice", 1, 1, OperatorParameters.IsSlice),
        new("hash", 1, 1, OperatorParameters.IsEmpty),
        new("scan", 0, 0, OperatorParameters.IsScan),
        new("filter", 1, 1, OperatorParameters.IsFilter),
        new("merge", 1, InputsMax, OperatorParameters.IsEmpty),
        new("project", 1, 1, OperatorParameters.IsProject),
        new("traverse", 1, 1, OperatorParameters.IsTraverse),
        new("aggregate", 1, 1, OperatorParameters.IsAggregate),
        new("limit", 1, 1, OperatorParameters.IsLimit),
        new("shadow", 1, 1, OperatorParameters.IsEmpty),
    ];

    public static OperatorShape? Find(ReadOnlySpan<byte> name)
    {
        foreach (OperatorShape shape in s_shapes)
        {
            if (name.Length == shape.Name.Length && System.Text.Ascii.Equals(name, shape.Name))
            {
                return shape;
            }
        }

        return null;
    }
}
