using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>The newest event an author key wrote through this store. Outlives deletion of the document.</summary>
/// <param name="Cid">The event.</param>
/// <param name="Sequence">Its sequence number.</param>
/// <param name="Height">Its height.</param>
public readonly record struct OwnTip(Cid Cid, ulong Sequence, ulong Height);
