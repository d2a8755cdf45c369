using P2P.Core.Multiformats;

namespace P2P.Storage.Eviction;

/// <summary>A block that may go.</summary>
/// <param name="Cid">Its name.</param>
/// <param name="Row">Its row: a lower one was stored earlier.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Class">Why.</param>
public readonly record struct EvictionCandidate(Cid Cid, long Row, long Bytes, EvictionClass Class);
