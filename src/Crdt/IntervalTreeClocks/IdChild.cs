namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What a completely read child of an id node is.</summary>
internal enum IdChild : byte
{
    None = 0,
    Zero,
    One,
    Node,
}
