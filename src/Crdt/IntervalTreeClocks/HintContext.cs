namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What the session knows without the hint.</summary>
/// <param name="IsFrontierEqual">Both frontier hashes are equal.</param>
/// <param name="KnowsTheirHeads">Every head the peer named is admitted here.</param>
/// <param name="IsAuthenticated">The peer proved its key in this session.</param>
public readonly record struct HintContext(bool IsFrontierEqual, bool KnowsTheirHeads, bool IsAuthenticated);
