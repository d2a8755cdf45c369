using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Payloads of a document's topic: <c>0x01 ‖ event block</c> or <c>0x02 ‖ announcement</c>.</summary>
/// <remarks>Spec: replica, section 11.</remarks>
public static class GossipPayload
{
    /// <summary>First byte of an event payload.</summary>
    public const byte EventTag = 1;

    /// <summary>First byte of an announcement payload.</summary>
    public const byte AnnouncementTag = 2;

    /// <summary>Most heads in an announcement.</summary>
    public const int HeadsMax = 64;

    /// <summary>The topic of a document: <c>/p2p/doc/1/&lt;CID&gt;</c>.</summary>
    /// <param name="document">The document.</param>
    public static string TopicOf(Cid document) => $"/p2p/doc/1/{document}";

    /// <summary>An event payload, or null when the block is too large for gossip.</summary>
    /// <param name="sent">The event.</param>
    public static byte[]? Encode(Event sent) => throw new NotImplementedException();

    /// <summary>An announcement payload.</summary>
    /// <param name="announcement">At most 64 heads.</param>
    public static byte[] Encode(Announcement announcement) => throw new NotImplementedException();

    /// <summary>Reads a payload; exactly one of the two is set on success.</summary>
    /// <param name="payload">All bytes; an event keeps slices of it.</param>
    /// <param name="document">The document of the topic.</param>
    /// <param name="heard">The event, with steps 1, 3 and 4 of admission passed, or null.</param>
    /// <param name="announcement">The announcement, or null.</param>
    /// <returns>None on success, else the reason.</returns>
    public static InvalidReason Read(ReadOnlyMemory<byte> payload, Cid document, out Event? heard, out Announcement? announcement) => throw new NotImplementedException();

    /// <summary>What the pubsub validator does (steps 1 to 6, own signature only; never waits for links).</summary>
    /// <param name="payload">All bytes.</param>
    /// <param name="document">The document of the topic.</param>
    public static GossipAdvice Validate(ReadOnlyMemory<byte> payload, Cid document) => throw new NotImplementedException();
}
