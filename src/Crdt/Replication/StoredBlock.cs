using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>One event as the store returns it at load.</summary>
/// <param name="Cid">Its name.</param>
/// <param name="Bytes">The block; the replica hashes it.</param>
/// <param name="IsApplied">Applied (in arrival order) or only held.</param>
public readonly record struct StoredBlock(Cid Cid, ReadOnlyMemory<byte> Bytes, bool IsApplied);
