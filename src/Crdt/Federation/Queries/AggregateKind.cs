namespace P2P.Crdt.Federation.Queries;

/// <summary>What is made of many records.</summary>
public enum AggregateKind
{
    /// <summary>Nothing; refused.</summary>
    None = 0,

    /// <summary>How many there are.</summary>
    Count,

    /// <summary>Sum of a field, signed 64-bit.</summary>
    Sum,

    /// <summary>Distinct values of a field, ascending by their bytes.</summary>
    Union,
}
