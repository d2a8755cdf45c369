namespace P2P.Crdt.Replication;

/// <summary>A place in a replica's local stream of changes. <c>default</c> is the beginning.</summary>
/// <param name="Epoch">The document's epoch in the store; a cursor of another epoch is refused.</param>
/// <param name="Position">Count of changes before this place.</param>
public readonly record struct ChangeCursor(ulong Epoch, long Position);
