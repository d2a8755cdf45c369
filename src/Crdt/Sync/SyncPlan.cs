using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>What one side will send, given what the other claims to hold.</summary>
/// <param name="Proofs">Both events of every lowest fork proof the other does not show.</param>
/// <param name="Pack">Events the other lacks, in canonical order.</param>
/// <param name="UsesRange">The claim does not tell: ranges must be compared.</param>
/// <param name="Heads">Heads at this moment, at most 64.</param>
internal sealed record SyncPlan(IReadOnlyList<Cid> Proofs, IReadOnlyList<Cid> Pack, bool UsesRange, IReadOnlyList<Cid> Heads);
