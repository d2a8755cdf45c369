using P2P.Core.Identity;

namespace P2P.Crdt.Replication;

/// <summary>Who to ask first, and whom not again.</summary>
/// <param name="Suggested">The peer that announced or sent the event with the missing link; default when unknown.</param>
/// <param name="Attempt">0 for the first attempt; adapters choose a different peer each time.</param>
public readonly record struct FetchHint(PeerId Suggested, int Attempt);
