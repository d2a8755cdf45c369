namespace P2P.Dht.Records;

/// <summary>What became of a provider record.</summary>
internal enum ProviderAdd
{
    None = 0,
    Added,
    Renewed,

    /// <summary>Enough providers are known and none is overdue: numbers do not push the first ones out.</summary>
    KeyFull,

    /// <summary>The store is full of keys nearer to us.</summary>
    StoreFull,
}
