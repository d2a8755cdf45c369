namespace P2P.Crdt.Federation.State;

/// <summary>A tombstone, or one that a lift names and that is not there (yet).</summary>
internal sealed class Tombstone
{
    /// <summary>What it hides; null while only lifts know of it.</summary>
    public FoldRecord? Target { get; set; }

    /// <summary>Lifts that name it.</summary>
    public int Lifts { get; set; }

    /// <summary>Hides its target.</summary>
    public bool IsInForce => Target is not null && Lifts == 0;
}
