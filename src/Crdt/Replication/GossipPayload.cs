using System.Buffers.Binary;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Payloads of a document's topic: <c>0x01 ‖ event block</c> or <c>0x02 ‖ announcement</c>.</summary>
/// <remarks>Spec: replica, section 11. An announcement is <c>[doc, [heads], frontier hash, nonce]</c> in DAG-CBOR.</remarks>
public static class GossipPayload
{
    /// <summary>First byte of an event payload.</summary>
    public const byte EventTag = 1;

    /// <summary>First byte of an announcement payload.</summary>
    public const byte AnnouncementTag = 2;

    /// <summary>Most heads in an announcement.</summary>
    public const int HeadsMax = 64;

    private const int NonceBytes = 8;
    private const int AnnouncementBytesMax = 64 + ((HeadsMax + 1) * (EventLimits.LinkBytes + 8));

    /// <summary>The topic of a document: <c>/p2p/doc/1/&lt;CID&gt;</c>.</summary>
    /// <param name="document">The document.</param>
    public static string TopicOf(Cid document) => $"/p2p/doc/1/{document}";

    /// <summary>An event payload, or null when the block is too large for gossip and is only announced.</summary>
    /// <param name="sent">The event.</param>
    public static byte[]? Encode(Event sent)
    {
        ArgumentNullException.ThrowIfNull(sent);
        return sent.Bytes.Length > EventLimits.GossipBlockBytesMax ? null : [EventTag, .. sent.Bytes.Span];
    }

    /// <summary>An announcement payload.</summary>
    /// <param name="announcement">At most 64 heads.</param>
    public static byte[] Encode(Announcement announcement)
    {
        ArgumentNullException.ThrowIfNull(announcement);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(announcement.Heads.Count, HeadsMax);
        DagCborWriter writer = new(AnnouncementBytesMax);
        writer.WriteArrayStart(4);
        writer.WriteCid(announcement.Document);
        writer.WriteArrayStart(announcement.Heads.Count);
        foreach (Cid head in announcement.Heads)
        {
            writer.WriteCid(head);
        }

        Span<byte> hash = stackalloc byte[EventDigest.Bytes];
        announcement.FrontierHash.Write(hash);
        writer.WriteBytes(hash);
        Span<byte> nonce = stackalloc byte[NonceBytes];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, announcement.Nonce);
        writer.WriteBytes(nonce);
        return [AnnouncementTag, .. writer.WrittenSpan];
    }

    /// <summary>Reads a payload; exactly one of the two is set on success.</summary>
    /// <param name="payload">All bytes; an event keeps slices of it.</param>
    /// <param name="document">The document of the topic.</param>
    /// <param name="heard">The event, with steps 1, 3 and 4 of admission passed, or null.</param>
    /// <param name="announcement">The announcement, or null.</param>
    /// <returns>None on success, else the reason.</returns>
    public static InvalidReason Read(ReadOnlyMemory<byte> payload, Cid document, out Event? heard, out Announcement? announcement)
    {
        heard = null;
        announcement = null;
        if (payload.IsEmpty)
        {
            return InvalidReason.Schema;
        }

        switch (payload.Span[0])
        {
            case EventTag when payload.Length - 1 > EventLimits.GossipBlockBytesMax:
                return InvalidReason.Size;
            case EventTag:
                return EventCodec.TryDecode(payload[1..], document, out heard, out InvalidReason reason) ? InvalidReason.None : reason;
            case AnnouncementTag when payload.Length > AnnouncementBytesMax:
                return InvalidReason.Size;
            case AnnouncementTag:
                return ReadAnnouncement(payload.Span[1..], document, out announcement);
            default:
                return InvalidReason.Version; // a payload kind of a later version: refused by name
        }
    }

    /// <summary>What the pubsub validator does (steps 1 to 6, own signature only; never waits for links).</summary>
    /// <param name="payload">All bytes.</param>
    /// <param name="document">The document of the topic.</param>
    public static GossipAdvice Validate(ReadOnlyMemory<byte> payload, Cid document) =>
        Read(payload, document, out Event? heard, out _) != InvalidReason.None ? GossipAdvice.Reject
            : heard is null ? GossipAdvice.Ignore
            : EventCodec.VerifySignature(heard) ? GossipAdvice.Accept
            : GossipAdvice.Reject;

    private static InvalidReason ReadAnnouncement(ReadOnlySpan<byte> source, Cid document, out Announcement? announcement)
    {
        announcement = null;
        DagCborReader reader = new(source, DagCborOptions.NoFloats);
        if (!reader.TryReadArrayStart(out int items) || items != 4 || !reader.TryReadCidBytes(out ReadOnlySpan<byte> read))
        {
            return InvalidReason.Schema;
        }

        if (!read.SequenceEqual(document.Bytes))
        {
            return InvalidReason.Document;
        }

        InvalidReason reason = EventLinks.ReadList(ref reader, HeadsMax, InvalidReason.Limit, out Cid[] heads);
        if (reason != InvalidReason.None)
        {
            return reason;
        }

        if (!reader.TryReadBytes(out ReadOnlySpan<byte> hash) || hash.Length != EventDigest.Bytes
            || !reader.TryReadBytes(out ReadOnlySpan<byte> nonce) || nonce.Length != NonceBytes || !reader.End())
        {
            return InvalidReason.Schema;
        }

        announcement = new Announcement(document, heads, EventDigest.Read(hash), BinaryPrimitives.ReadUInt64BigEndian(nonce));
        return InvalidReason.None;
    }
}
