namespace P2P.Dht.Records;

/// <summary>What became of a value.</summary>
internal enum RecordPut
{
    None = 0,
    Stored,

    /// <summary>The key has no namespace that is registered here.</summary>
    UnknownNamespace,

    /// <summary>The validator refused it.</summary>
    Invalid,

    /// <summary>Longer than the limit.</summary>
    TooLong,

    /// <summary>The value here is the better one.</summary>
    Worse,

    /// <summary>The store is full of keys nearer to us.</summary>
    StoreFull,

    /// <summary>The peer's share of the store is used up.</summary>
    PeerQuota,
}
