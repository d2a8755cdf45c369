namespace P2P.Crdt.Sync;

/// <summary>What was said of one document in a session.</summary>
/// <param name="Theirs">By the peer.</param>
/// <param name="Mine">Here.</param>
/// <param name="HoldsTheirs">Every head that the peer named is here.</param>
internal sealed record SyncClaim(SyncSummary Theirs, SyncSummary Mine, bool HoldsTheirs);
