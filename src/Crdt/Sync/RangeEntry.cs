using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>One range of a <c>Range</c> message: from the bound of the entry before (the first: from the beginning) up to its own.</summary>
/// <param name="Height">Height of the exclusive upper bound.</param>
/// <param name="Bound">CID of the exclusive upper bound.</param>
/// <param name="Mode">What is said about the range.</param>
/// <param name="Count">Fingerprint: events in the range.</param>
/// <param name="Fingerprint">Fingerprint: 16 bytes.</param>
/// <param name="Ids">List: all CIDs of the range, in canonical order.</param>
internal readonly record struct RangeEntry(
    ulong Height, Cid Bound, RangeMode Mode, ulong Count, UInt128 Fingerprint, IReadOnlyList<Cid> Ids);
