using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>What follows from a <c>Range</c> message.</summary>
/// <param name="Reply">Entries to send back; empty = nothing more to compare.</param>
/// <param name="Needed">Events the other side has and this one has not.</param>
/// <param name="Lacking">Events this side has and the other has not, in canonical order.</param>
internal sealed record RangeAnswer(IReadOnlyList<RangeEntry> Reply, IReadOnlyList<Cid> Needed, IReadOnlyList<Cid> Lacking);
