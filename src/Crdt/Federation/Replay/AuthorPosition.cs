using P2P.Core.Multiformats;

namespace P2P.Crdt.Federation.Replay;

/// <summary>How far an author's events reach in a set. Of a forked author the highest; it is derived and decides nothing.</summary>
/// <param name="Author">Protobuf form of the key.</param>
/// <param name="Sequence">Highest sequence number.</param>
/// <param name="Cid">The event with it; of several the least.</param>
public readonly record struct AuthorPosition(ReadOnlyMemory<byte> Author, ulong Sequence, Cid Cid);
