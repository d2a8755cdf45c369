namespace P2P.Crdt.HashSeq;

/// <summary>A removed range of a body.</summary>
/// <param name="First">First element.</param>
/// <param name="Count">How many, at least 1.</param>
internal readonly record struct BodyRange(BodyElement First, uint Count);
