namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>An id node whose children are being read.</summary>
/// <param name="Form">1: the left child is zero; 2: the right one; 3: none.</param>
/// <param name="Left">The left child, once it is complete.</param>
internal readonly record struct IdFrame(byte Form, IdChild Left);
