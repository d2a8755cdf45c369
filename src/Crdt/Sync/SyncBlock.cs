using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>A block on its way from a session to the replica.</summary>
/// <param name="Bytes">All bytes.</param>
/// <param name="Decoded">The event, when the session decoded it.</param>
/// <param name="Expected">The CID it was asked for by, or none.</param>
internal readonly record struct SyncBlock(ReadOnlyMemory<byte> Bytes, Event? Decoded, Cid Expected);
