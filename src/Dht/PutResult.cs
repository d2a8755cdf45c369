namespace P2P.Dht;

/// <summary>How far a value got.</summary>
/// <param name="Stored">Remote peers that confirmed it. It is always kept here too.</param>
/// <param name="Failed">Remote peers that did not confirm it.</param>
public sealed record PutResult(int Stored, int Failed);
