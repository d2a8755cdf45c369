using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>One block on its way into admission.</summary>
/// <param name="Bytes">All bytes.</param>
/// <param name="Expected">The CID it was requested by, or none.</param>
/// <param name="Decoded">Set when steps 1, 3 and 4 have passed already.</param>
/// <param name="SignatureVerified">Whether its own signature is known to be good.</param>
internal readonly record struct IncomingBlock(ReadOnlyMemory<byte> Bytes, Cid Expected, Event? Decoded, bool SignatureVerified);
