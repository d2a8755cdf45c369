namespace P2P.Cli.Doctor;

/// <summary>How a check of <c>p2p doctor</c> ended.</summary>
internal enum CheckVerdict
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>All is well.</summary>
    Ok,

    /// <summary>Something is wrong; the next step is named.</summary>
    Problem,

    /// <summary>Could not be looked at, and why.</summary>
    Skipped,
}
