namespace P2P.Cli.Benchmarks;

/// <summary>A catch-up to measure.</summary>
/// <param name="Events">Events in the document.</param>
/// <param name="Replicas">Authors that wrote them.</param>
/// <param name="Missing">Events the joining replica lacks, the last ones.</param>
/// <param name="Delay">One way.</param>
/// <param name="IsOnDisk">The joining replica stores in SQLite, every commit synced, instead of in memory.</param>
internal sealed record CatchupPlan(int Events, int Replicas, int Missing, TimeSpan Delay, bool IsOnDisk);
