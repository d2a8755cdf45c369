namespace P2P.Transport.Yamux;

/// <summary>Whether a stream can be opened.</summary>
internal enum YamuxOpenStatus
{
    /// <summary>Nothing; never a success.</summary>
    None = 0,

    /// <summary>It is open.</summary>
    Opened,

    /// <summary>Too many are unacknowledged: wait.</summary>
    Wait,

    /// <summary>Our own limit of open streams.</summary>
    TooMany,

    /// <summary>One side has said good-bye, or the ids are used up.</summary>
    GoingAway,
}
