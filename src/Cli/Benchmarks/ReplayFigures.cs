namespace P2P.Cli.Benchmarks;

/// <summary>Figures of one replay.</summary>
/// <param name="Records">Events replayed.</param>
/// <param name="ReplayMs">From decoded events to the state hash: admission, order, fold, hash.</param>
/// <param name="FoldMs">Of that, decoding bodies, fold and hash alone.</param>
/// <param name="HeapBytes">Heap that the replay keeps: fold, order and index, without the blocks.</param>
/// <param name="FinalState">The state hash.</param>
internal sealed record ReplayFigures(int Records, double ReplayMs, double FoldMs, long HeapBytes, string FinalState)
{
    /// <summary>How long the collector stopped the program during a replay, on the clock: the middle.</summary>
    public required double CollectorMs { get; init; }

    /// <summary>What the fold allocated: counted, so no matter of load.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>Nodes of state lists that the fold hashed: counted.</summary>
    public required long HashedNodes { get; init; }

    /// <summary>A dictionary of the same names filled and asked for each in random order: what the processor's caches cost at this size.</summary>
    public required double YardstickMs { get; init; }

    /// <summary>Making the index that provenance is asked of.</summary>
    public required double IndexMs { get; init; }

    /// <summary>One provenance query: the middle of many.</summary>
    public required double ProvenanceMs { get; init; }
}
