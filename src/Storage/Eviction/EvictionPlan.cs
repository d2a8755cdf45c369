namespace P2P.Storage.Eviction;

/// <summary>What may go, found beside the running writer. Worth something until an event or a pin needs one of the blocks: then evicting by it does nothing.</summary>
public sealed record EvictionPlan
{
    /// <summary>All blocks that may go, those to go first in front.</summary>
    public required IReadOnlyList<EvictionCandidate> Candidates { get; init; }

    /// <summary>Bytes of the candidates.</summary>
    public long Bytes => Candidates.Sum(static candidate => candidate.Bytes);

    internal long Number { get; init; }
}
