namespace P2P.Crdt.HashSeq;

/// <summary>
/// Elements with consecutive numbers of which each but the first is InsertAfter(previous) without extra dependencies.
/// Inside a run the slot after an element holds its successor and nothing else; a second child there splits the run.
/// </summary>
internal struct Run
{
    /// <summary>First element.</summary>
    public int Start;

    /// <summary>How many.</summary>
    public int Length;

    /// <summary>Anchor of the first element.</summary>
    public int Anchor;

    /// <summary>Extra dependencies of the first element, in the pool of <see cref="RunTable"/>; −1 = none.</summary>
    public int Extras;

    /// <summary>Children in the slot after the last element: see <see cref="ChildSets"/>.</summary>
    public int Right;

    /// <summary>The first element lies before its anchor.</summary>
    public bool IsLeft;

    /// <summary>The end marker exists.</summary>
    public bool HasClose;

    public readonly int Last => Start + Length - 1;
}
