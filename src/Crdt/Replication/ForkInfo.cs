using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>The lowest known proof that an author forked: two events with one sequence number.</summary>
/// <param name="Author">Protobuf form of the key.</param>
/// <param name="ForkSequence">Its lowest sequence number used twice.</param>
/// <param name="First">The smaller CID.</param>
/// <param name="Second">The greater CID.</param>
public sealed record ForkInfo(ReadOnlyMemory<byte> Author, ulong ForkSequence, Cid First, Cid Second);
