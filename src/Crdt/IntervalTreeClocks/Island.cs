namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>One island within an <see cref="IslandStamp"/>.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Stamp">What is owned and known there.</param>
/// <param name="IsFrozen">Its members have moved: nothing is written there any more, and the next checkpoint drops it.</param>
public sealed record Island(IslandId Id, Stamp Stamp, bool IsFrozen);
