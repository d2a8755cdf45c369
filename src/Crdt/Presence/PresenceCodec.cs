using System.Text;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Presence;

/// <summary>The payload of a presence topic: DAG-CBOR <c>{n, v: 1, name, anchor, colour, cursor}</c>. Who says it is the signer of the gossip message.</summary>
/// <remarks>Spec: replica, section 11. Stricter: colours have 24 bits, and names hold nothing that steers a display.</remarks>
public static class PresenceCodec
{
    /// <summary>Longest name in bytes of UTF-8.</summary>
    public const int NameBytesMax = 64;

    /// <summary>Longest message.</summary>
    public const int BytesMax = 256;

    /// <summary>Largest colour, 0xRRGGBB.</summary>
    public const uint ColourMax = 0xff_ff_ff;

    private const ulong Version = 1;
    private const int Fields = 6;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The topic of a document: <c>/p2p/presence/1/&lt;CID&gt;</c>.</summary>
    /// <param name="document">The document.</param>
    public static string TopicOf(Cid document) => $"/p2p/presence/1/{document}";

    /// <summary>Whether a name can be sent.</summary>
    /// <param name="name">Any text.</param>
    public static bool IsName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            return name.Length <= NameBytesMax && s_strict.GetByteCount(name) <= NameBytesMax && !name.Any(Steers);
        }
        catch (EncoderFallbackException)
        {
            return false; // half a surrogate pair; typed here, never by a peer
        }
    }

    /// <summary>The bytes.</summary>
    /// <param name="message">With a name and a colour that can be sent.</param>
    public static byte[] Encode(PresenceMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        DagCborWriter writer = new(BytesMax);
        writer.WriteMapStart(Fields);
        writer.WriteText("n"u8);
        writer.WriteUInt(message.Number);
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        writer.WriteText("name"u8);
        writer.WriteText(message.Name.AsSpan());
        writer.WriteText("anchor"u8);
        Write(writer, message.Anchor);
        writer.WriteText("colour"u8);
        writer.WriteUInt(message.Colour);
        writer.WriteText("cursor"u8);
        Write(writer, message.Cursor);
        return writer.ToArray();
    }

    /// <summary>Reads a message; never throws on input.</summary>
    /// <param name="source">From a peer.</param>
    /// <param name="message">The message, or null.</param>
    /// <returns>None on success, else why not.</returns>
    public static PresenceRefusal TryDecode(ReadOnlySpan<byte> source, out PresenceMessage? message)
    {
        message = null;
        if (source.Length > BytesMax)
        {
            return PresenceRefusal.Size;
        }

        DagCborReader reader = new(source, DagCborOptions.NoFloats);
        if (!reader.TryReadMapStart(out int fields) || fields != Fields || !reader.TryReadKey("n"u8) || !reader.TryReadUInt(out ulong number)
            || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version))
        {
            return PresenceRefusal.Schema;
        }

        if (version != Version)
        {
            return PresenceRefusal.Version;
        }

        if (!reader.TryReadKey("name"u8) || !reader.TryReadText(out ReadOnlySpan<byte> utf8))
        {
            return PresenceRefusal.Schema;
        }

        if (utf8.Length > NameBytesMax || Encoding.UTF8.GetString(utf8) is not string name || name.Any(Steers))
        {
            return PresenceRefusal.Name;
        }

        PresenceRefusal refusal = ReadPlace(ref reader, "anchor"u8, out PresencePlace? anchor);
        if (refusal != PresenceRefusal.None)
        {
            return refusal;
        }

        if (!reader.TryReadKey("colour"u8) || !reader.TryReadUInt(out ulong colour))
        {
            return PresenceRefusal.Schema;
        }

        if (colour > ColourMax)
        {
            return PresenceRefusal.Colour;
        }

        refusal = ReadPlace(ref reader, "cursor"u8, out PresencePlace? cursor);
        if (refusal != PresenceRefusal.None || !reader.End())
        {
            return refusal == PresenceRefusal.None ? PresenceRefusal.Schema : refusal;
        }

        message = new PresenceMessage(name, (uint)colour, cursor, anchor, number);
        return PresenceRefusal.None;
    }

    private static void Write(DagCborWriter writer, PresencePlace? place)
    {
        if (place is not PresencePlace known)
        {
            writer.WriteNull();
            return;
        }

        writer.WriteArrayStart(2);
        writer.WriteCid(known.Event);
        writer.WriteUInt(known.Offset);
    }

    private static PresenceRefusal ReadPlace(ref DagCborReader reader, ReadOnlySpan<byte> key, out PresencePlace? place)
    {
        place = null;
        if (!reader.TryReadKey(key))
        {
            return PresenceRefusal.Schema;
        }

        if (reader.TryReadNull())
        {
            return PresenceRefusal.None;
        }

        if (!reader.TryReadArrayStart(out int items) || items != 2 || !reader.TryReadCidBytes(out ReadOnlySpan<byte> bytes)
            || !reader.TryReadUInt(out ulong offset))
        {
            return PresenceRefusal.Schema;
        }

        if (!EventLinks.IsEvent(bytes) || offset >= EventLimits.BlockBytesMax || !Cid.TryRead(bytes, out Cid cid, out _))
        {
            return PresenceRefusal.Place; // an element has at least a byte in its event
        }

        place = new PresencePlace(cid, (uint)offset);
        return PresenceRefusal.None;
    }

    /// <summary>Line ends, escapes, and marks that turn the direction of what follows: in a list of names they would forge the next entry.</summary>
    private static bool Steers(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
