using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>Where an own event will stand: what a body needs to number its dictionary.</summary>
/// <param name="Document">CID of the genesis block.</param>
/// <param name="Author">Protobuf form of the author key.</param>
/// <param name="Sequence">Sequence number of the new event.</param>
/// <param name="Previous">The author's previous event, or none.</param>
/// <param name="Dependencies">Ascending; the other heads.</param>
/// <param name="Height">1 + the greatest height of the links.</param>
public sealed record AppendContext(
    Cid Document,
    ReadOnlyMemory<byte> Author,
    ulong Sequence,
    Cid Previous,
    IReadOnlyList<Cid> Dependencies,
    ulong Height);
