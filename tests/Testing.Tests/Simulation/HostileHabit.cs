namespace P2P.Testing.Tests.Simulation;

/// <summary>What a hostile peer does.</summary>
internal enum HostileHabit
{
    None = 0,

    /// <summary>Answers fetches with garbage, with nothing, or with another event.</summary>
    LyingServer,

    /// <summary>Two well-signed events under one number, each to another half of its neighbours; later events cite them.</summary>
    Equivocator,

    /// <summary>Well-signed events on links that exist nowhere.</summary>
    OrphanFlooder,

    /// <summary>Announces heads that exist nowhere, and the true frontier hash with false heads.</summary>
    LyingAnnouncer,

    /// <summary>Events with broken signatures, cut off blocks, noise.</summary>
    Forger,

    /// <summary>Events with signatures that are wrong and numbers up to 2^64 − 1, named as their previous by well-signed ones; it serves both.</summary>
    VoucherLiar,

    /// <summary>Grants that remove everybody it heard of, with numbers up to 2^64 − 1, and claimed times as large.</summary>
    Remover,

    /// <summary>How many there are, with None.</summary>
    Count,
}
