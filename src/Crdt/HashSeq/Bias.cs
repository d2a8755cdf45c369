namespace P2P.Crdt.HashSeq;

/// <summary>Which neighbour an anchor stays with.</summary>
public enum Bias
{
    /// <summary>No anchor.</summary>
    None = 0,

    /// <summary>The character left of it: text inserted at the place comes after the anchor.</summary>
    Left,

    /// <summary>The character right of it: text inserted at the place comes before the anchor.</summary>
    Right,
}
