using P2P.Core.Multiformats;

namespace P2P.Node.Files;

/// <summary>A tree of blocks, counted.</summary>
/// <param name="Cid">The root.</param>
/// <param name="Blocks">Different blocks below, itself included, as far as they are known.</param>
/// <param name="BlocksHeld">Those that are here.</param>
/// <param name="BytesHeld">Their bytes.</param>
/// <param name="Missing">The first of those that are not here, at most 100.</param>
/// <param name="IsPinned">Whether it is pinned as a root.</param>
public sealed record FileStat(Cid Cid, long Blocks, long BlocksHeld, long BytesHeld, IReadOnlyList<Cid> Missing, bool IsPinned);
