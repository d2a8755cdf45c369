namespace P2P.Crdt.HashSeq;

/// <summary>Bits of the byte per event and of the byte per run.</summary>
internal static class SnapshotFlags
{
    /// <summary>Event: of another type than <c>seq</c>.</summary>
    public const int IsOther = 1;

    /// <summary>Event: its previous one is not the author's last before it.</summary>
    public const int HasPrevious = 2;

    /// <summary>Event: has dependencies.</summary>
    public const int HasDependencies = 4;

    /// <summary>Event: a unique insertion.</summary>
    public const int IsUnique = 8;

    /// <summary>Event: names elements otherwise than by their first introduction, or refers to more than it names.</summary>
    public const int IsExplicit = 16;

    /// <summary>All bits an event may have.</summary>
    public const int EventAll = 31;

    /// <summary>Run: its kind.</summary>
    public const int KindMask = 3;

    /// <summary>Run: its extra dependencies are given.</summary>
    public const int HasExtras = 4;

    /// <summary>Run: begins with elements that exist.</summary>
    public const int HasAlias = 8;

    /// <summary>All bits a run may have.</summary>
    public const int RunAll = 15;
}
