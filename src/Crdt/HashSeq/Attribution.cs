using P2P.Core.Multiformats;

namespace P2P.Crdt.HashSeq;

/// <summary>Who wrote a stretch of the visible text. Of several introductions the one with the smallest (height, CID) is named.</summary>
/// <param name="Offset">UTF-16 offset of the stretch.</param>
/// <param name="Length">UTF-16 units.</param>
/// <param name="Event">The event; none for edits made here that are in no event yet.</param>
/// <param name="Author">The author's public key in its protobuf form; empty when there is no event yet.</param>
/// <param name="At">Unix milliseconds by the author's own clock, a claim; 0 = withheld.</param>
/// <remarks>Spec: hashseq, section 6.4.</remarks>
public readonly record struct Attribution(int Offset, int Length, Cid Event, ReadOnlyMemory<byte> Author, ulong At);
