namespace P2P.Crdt.Replication;

/// <summary>What went.</summary>
/// <param name="Events">Blocks dropped now; those dropped before do not count.</param>
/// <param name="Bytes">Their bytes.</param>
public readonly record struct StoreCompacted(long Events, long Bytes);
