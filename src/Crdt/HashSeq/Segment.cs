namespace P2P.Crdt.HashSeq;

/// <summary>Offsets of an event that are elements with consecutive numbers.</summary>
/// <param name="Offset">First offset.</param>
/// <param name="Element">Its element.</param>
/// <param name="Count">How many.</param>
internal readonly record struct Segment(int Offset, int Element, int Count);
