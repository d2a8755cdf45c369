namespace P2P.Crdt.Replication;

/// <summary>What erasing a document removed.</summary>
/// <param name="Events">Events.</param>
/// <param name="Bytes">Their bytes.</param>
public readonly record struct StoreErased(long Events, long Bytes);
