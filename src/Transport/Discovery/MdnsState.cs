namespace P2P.Transport.Discovery;

/// <summary>How multicast discovery is doing, for people.</summary>
/// <param name="Active">Whether at least one socket is open.</param>
/// <param name="Interfaces">Interfaces it listens on.</param>
/// <param name="Problem">Why it is off or limited, in words; null when all is well.</param>
/// <param name="Statistics">Counters.</param>
public sealed record MdnsState(bool Active, IReadOnlyList<string> Interfaces, string? Problem, MdnsStatistics Statistics);
