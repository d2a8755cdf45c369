namespace P2P.Dht.Engine;

/// <summary>Why a request was sent.</summary>
internal enum KadRpcPurpose
{
    None = 0,

    /// <summary>A step of a lookup.</summary>
    Lookup,

    /// <summary>A store that an operation waits for.</summary>
    Store,

    /// <summary>A store nobody waits for: a slow peer, or a correction.</summary>
    Extra,

    /// <summary>Is the oldest member of a full bucket alive?</summary>
    Alive,

    /// <summary>Our records for a peer that has just appeared.</summary>
    Tell,
}
