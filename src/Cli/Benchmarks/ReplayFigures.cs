namespace P2P.Cli.Benchmarks;

/// <summary>Figures of one replay.</summary>
/// <param name="Records">Events replayed.</param>
/// <param name="ReplayMs">From decoded events to the state hash: admission, order, fold, hash.</param>
/// <param name="FoldMs">Of that, decoding bodies, fold and hash alone.</param>
/// <param name="HeapBytes">Heap that the replay keeps: fold, order and index, without the blocks.</param>
/// <param name="FinalState">The state hash.</param>
internal sealed record ReplayFigures(int Records, double ReplayMs, double FoldMs, long HeapBytes, string FinalState);
