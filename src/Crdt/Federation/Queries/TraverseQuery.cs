namespace P2P.Crdt.Federation.Queries;

/// <summary>A walk over visible edges.</summary>
/// <param name="Type">Edge type.</param>
/// <param name="Direction">Which way.</param>
/// <param name="Depth">Most hops, at most 64.</param>
public sealed record TraverseQuery(string Type, TraverseDirection Direction, int Depth);
