namespace P2P.Crdt.HashSeq;

/// <summary>Where an element hangs in the tree.</summary>
/// <param name="Anchor">Element number; 0 is the origin.</param>
/// <param name="IsLeft">Before the anchor instead of after it.</param>
internal readonly record struct Slot(int Anchor, bool IsLeft);
