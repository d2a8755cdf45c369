using P2P.Core.Multiformats;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Federation.Execution;

/// <summary>What an executor has seen and done since it was started.</summary>
/// <param name="Executed">Stages run here.</param>
/// <param name="Verified">Receipts of others recomputed.</param>
/// <param name="Refuted">Receipts of others that the recomputation contradicts: evidence, never used.</param>
/// <param name="Requests">Requests by the artifact that asks, as far as they are remembered.</param>
public sealed record ExecutorStatus(long Executed, long Verified, IReadOnlyList<Refutation> Refuted, IReadOnlyDictionary<Cid, RequestProgress> Requests)
{
    /// <summary>Receipts of others that hold more at once than <see cref="ExecutorOptions.Limits"/> gives: not used.</summary>
    public long TooLarge { get; init; }

    /// <summary>Requests that were dropped because too many waited.</summary>
    public long Dropped { get; init; }
}
