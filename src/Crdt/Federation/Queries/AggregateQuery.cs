namespace P2P.Crdt.Federation.Queries;

/// <summary>One value of many records.</summary>
/// <param name="Kind">What.</param>
/// <param name="Field">Field; empty for a count.</param>
public sealed record AggregateQuery(AggregateKind Kind, string Field);
