namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What a script left.</summary>
/// <param name="Stamps">The stamps, in the order of the population.</param>
/// <param name="Leq">Row x, column y: 1 where stamp x ≤ stamp y.</param>
public sealed record ClockScriptResult(IReadOnlyList<Stamp> Stamps, IReadOnlyList<IReadOnlyList<int>> Leq);
