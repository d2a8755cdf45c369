using P2P.Core.Multiformats;

namespace P2P.Crdt.Replication;

/// <summary>What a store keeps of a document beside its events: enough to say what is held without reading them.</summary>
/// <param name="Heads">Visible heads, in any order.</param>
/// <param name="Authors">Protobuf form, highest sequence number and newest event of each author of an applied event, in any order.</param>
/// <param name="Applied">Applied events.</param>
/// <param name="HasForks">Whether a fork of one of the authors is proven.</param>
public sealed record StoredTips(
    IReadOnlyList<Cid> Heads, IReadOnlyList<(ReadOnlyMemory<byte> Author, ulong Sequence, Cid Tip)> Authors, long Applied, bool HasForks);
