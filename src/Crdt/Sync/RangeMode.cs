namespace P2P.Crdt.Sync;

/// <summary>What an entry says about its range.</summary>
internal enum RangeMode
{
    /// <summary>Nothing: equal, or spoken of elsewhere.</summary>
    Skip = 0,

    /// <summary>Count and fingerprint.</summary>
    Fingerprint = 1,

    /// <summary>All CIDs.</summary>
    List = 2,
}
