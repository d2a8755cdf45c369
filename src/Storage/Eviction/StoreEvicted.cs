namespace P2P.Storage.Eviction;

/// <summary>What an eviction removed.</summary>
/// <param name="Blocks">Blocks gone, durably.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="IsOutdated">Whether something came to need a block meanwhile, so that the rest of the plan was left alone: look again.</param>
public readonly record struct StoreEvicted(long Blocks, long Bytes, bool IsOutdated);
