namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>How a script of clock operations ended.</summary>
public enum ClockScriptStatus
{
    /// <summary>Not run.</summary>
    None = 0,

    /// <summary>It ran to its end.</summary>
    Ok,

    /// <summary>An operation is not an array of a name and numbers.</summary>
    BadOperation,

    /// <summary>No operation has this name.</summary>
    UnknownOperation,

    /// <summary>An operation names a stamp that is not there.</summary>
    NoSuchStamp,

    /// <summary>A join of stamps that own the same part, such as a stamp with itself.</summary>
    Overlap,

    /// <summary>More operations than <see cref="ClockScript.OperationsMax"/>.</summary>
    TooManyOperations,

    /// <summary>More stamps than <see cref="ClockScript.StampsMax"/>.</summary>
    TooManyStamps,

    /// <summary>A tree would be deeper than <see cref="ClockLimits.DepthMax"/>.</summary>
    DepthLimit,
}
