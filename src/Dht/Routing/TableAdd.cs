namespace P2P.Dht.Routing;

/// <summary>What became of a peer offered to the table.</summary>
internal enum TableAdd
{
    None = 0,
    Added,

    /// <summary>It was there; now it is fresh.</summary>
    Present,

    /// <summary>Ourselves: never in the table.</summary>
    Self,

    /// <summary>The bucket is full of peers; the newcomer waits in case one of them is dead.</summary>
    BucketFull,

    /// <summary>Too many peers of its IP group are there.</summary>
    GroupLimit,
}
