namespace P2P.Crdt.Federation.State;

/// <summary>A tombstone, or one that a lift names and that is not there (yet).</summary>
internal struct Tombstone
{
    private int _target;

    /// <summary>Handle of what it hides; negative while only lifts know of it.</summary>
    public int Target
    {
        readonly get => _target - 1;
        set => _target = value + 1;
    }

    /// <summary>Lifts that name it.</summary>
    public int Lifts { get; set; }

    /// <summary>Hides its target.</summary>
    public readonly bool IsInForce => Target >= 0 && Lifts == 0;
}
