using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Federation.State;

/// <summary>
/// Events by the digest inside their name. All names of events have one form, so 32 bytes by value say which: a record needs no array of its own for it, and the
/// collector has nothing to follow.
/// </summary>
internal static class EventId
{
    /// <summary>Length of the canonical DAG-CBOR of a link to an event.</summary>
    public const int EncodedBytes = 41;

    private const int CidBytes = 36;

    // Tag 42, a byte string of 37 bytes, the multibase prefix of binary; then the name: version 1, DAG-CBOR, SHA2-256, 32 bytes.
    private static ReadOnlySpan<byte> Head => [0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01, (byte)Cid.DagCborCodec, 0x12, 0x20];

    /// <summary>The digest, if this names an event.</summary>
    public static bool TryRead(Cid cid, out EventDigest id)
    {
        bool isEvent = EventLinks.IsEvent(cid.Bytes);
        id = isEvent ? FoldItem.DigestOf(cid) : default;
        return isEvent;
    }

    /// <summary>The name.</summary>
    public static Cid ToCid(EventDigest id)
    {
        Span<byte> link = stackalloc byte[EncodedBytes];
        Encode(id, link);
        return Cid.TryRead(link[^CidBytes..], out Cid cid, out _) ? cid : default;
    }

    /// <summary>Writes the link as canonical DAG-CBOR: <see cref="EncodedBytes"/>.</summary>
    public static void Encode(EventDigest id, Span<byte> destination)
    {
        Head.CopyTo(destination);
        id.Write(destination[Head.Length..]);
    }
}
