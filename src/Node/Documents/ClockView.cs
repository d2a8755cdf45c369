using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Node.Documents;

/// <summary>The interval tree clock of a document at one moment. A hint: it decides nothing.</summary>
/// <param name="Epoch">The causality epoch.</param>
/// <param name="Home">Name of the island it writes on; null while it owns nothing.</param>
/// <param name="Stamp">What it owns and knows, island by island.</param>
public sealed record ClockView(long Epoch, string? Home, IslandStamp Stamp);
