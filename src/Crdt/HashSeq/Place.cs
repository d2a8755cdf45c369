namespace P2P.Crdt.HashSeq;

/// <summary>Where an entry is now: valid until the next change of the order index.</summary>
/// <param name="Leaf">Leaf number.</param>
/// <param name="Index">Entry in it.</param>
internal readonly record struct Place(int Leaf, int Index);
