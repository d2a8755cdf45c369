namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Why an operation on a clock was refused. The operands are unchanged.</summary>
public enum ClockError
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The stamp owns no part of the interval, so it can record no event.</summary>
    Anonymous,

    /// <summary>Both ids own the same part: a part was given twice, or two seeds met.</summary>
    Overlap,

    /// <summary>The tree would be deeper than <see cref="ClockLimits.DepthMax"/>.</summary>
    DepthLimit,

    /// <summary>The stamp would be longer than <see cref="ClockLimits.StampBytesMax"/> bytes.</summary>
    SizeLimit,

    /// <summary>A slot clock has fewer than two slots left and cannot fork.</summary>
    NoSlots,


    /// <summary>More islands than <see cref="IslandStamp.IslandsMax"/>.</summary>
    TooManyIslands,

    /// <summary>The island is frozen or unknown.</summary>
    NoIsland,

    /// <summary>A counter is at its end.</summary>
    Overflow,
}
