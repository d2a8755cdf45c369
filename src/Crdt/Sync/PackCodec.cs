using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>
/// The events of one pack frame: <c>[[by…], [[author, seq, h, at, t, sig, body, deps, prev]…]]</c>. <c>doc</c> and <c>v</c> are implied,
/// <c>author</c> counts in the table, links are distances back in the frame or full CIDs, <c>body</c> is the body's own encoding.
/// The reader rebuilds the exact block and hashes it.
/// </summary>
/// <remarks>
/// Spec: replica, section 12.1. <c>body</c> travels as bytes, so that a body of the deepest nesting fits into a frame; its <c>refs</c>
/// stay full CIDs in it.
/// </remarks>
internal static class PackCodec
{
    private const int EventItems = 9;

    /// <summary>Fewest bytes an event takes in a frame: its signature and heads.</summary>
    private const int EventBytesMin = 64 + 12;

    /// <summary>Writes the events, oldest first.</summary>
    public static void Write(DagCborWriter writer, IReadOnlyList<Event> events)
    {
        Dictionary<EventDigest, int> authors = [];
        Dictionary<Cid, int> places = new(events.Count);
        List<ReadOnlyMemory<byte>> table = [];
        foreach (Event sent in events)
        {
            if (authors.TryAdd(Clock.EventGraph.KeyOf(sent.Author.Span), table.Count))
            {
                table.Add(sent.Author);
            }
        }

        writer.WriteArrayStart(2);
        writer.WriteArrayStart(table.Count);
        foreach (ReadOnlyMemory<byte> author in table)
        {
            writer.WriteBytes(author.Span);
        }

        writer.WriteArrayStart(events.Count);
        for (int i = 0; i < events.Count; i++)
        {
            Write(writer, events[i], authors[Clock.EventGraph.KeyOf(events[i].Author.Span)], i, places);
            places[events[i].Cid] = i;
        }
    }

    /// <summary>Reads and rebuilds the events.</summary>
    /// <param name="reader">Stands at the outer array.</param>
    /// <param name="document">The document of the pack.</param>
    /// <param name="bytesMax">Most bytes of all blocks together.</param>
    /// <param name="events">The events, each with its CID.</param>
    /// <returns>None on success.</returns>
    public static SyncRefusal Read(ref DagCborReader reader, Cid document, int bytesMax, out Event[] events)
    {
        events = [];
        if (!reader.TryReadArrayStart(out int parts) || parts != 2 || !reader.TryReadArrayStart(out int authorCount)
            || authorCount > SyncProtocol.FrameBytesMax / EventBytesMin)
        {
            return SyncRefusal.Malformed;
        }

        byte[][] authors = new byte[authorCount][];
        for (int i = 0; i < authorCount; i++)
        {
            if (!reader.TryReadBytes(out ReadOnlySpan<byte> author) || !AuthorKey.IsForm(author))
            {
                return SyncRefusal.Malformed;
            }

            authors[i] = author.ToArray();
        }

        if (!reader.TryReadArrayStart(out int count) || count > SyncProtocol.FrameBytesMax / EventBytesMin)
        {
            return SyncRefusal.Malformed;
        }

        events = new Event[count];
        DagCborWriter block = new(1_024);
        for (int i = 0; i < count; i++)
        {
            SyncRefusal refusal = ReadOne(ref reader, document, authors, events.AsSpan(0, i), block);
            if (refusal != SyncRefusal.None)
            {
                return refusal;
            }

            bytesMax -= block.Length;
            if (bytesMax < 0)
            {
                return SyncRefusal.Amplified;
            }

            if (!EventCodec.TryDecode(block.ToArray(), document, out Event? decoded, out _))
            {
                return SyncRefusal.BadBlock;
            }

            events[i] = decoded!;
        }

        return SyncRefusal.None;
    }

    private static void Write(DagCborWriter writer, Event sent, int author, int place, Dictionary<Cid, int> places)
    {
        writer.WriteArrayStart(EventItems);
        writer.WriteUInt((ulong)author);
        writer.WriteUInt(sent.Sequence);
        writer.WriteUInt(sent.Height);
        writer.WriteUInt(sent.At);
        writer.WriteText(sent.Type);
        writer.WriteBytes(sent.Signature.Span);
        writer.WriteBytes(sent.Body.Span);
        writer.WriteArrayStart(sent.Dependencies.Count);
        foreach (Cid dependency in sent.Dependencies)
        {
            WriteLink(writer, dependency, place, places);
        }

        WriteLink(writer, sent.Previous, place, places);
    }

    private static void WriteLink(DagCborWriter writer, Cid link, int place, Dictionary<Cid, int> places)
    {
        if (link.IsNone)
        {
            writer.WriteNull();
        }
        else if (places.TryGetValue(link, out int at))
        {
            writer.WriteUInt((ulong)(place - at));
        }
        else
        {
            writer.WriteCid(link);
        }
    }

    // Writes the block's eleven keys in their canonical order; the decoder judges them afterwards.
    private static SyncRefusal ReadOne(
        ref DagCborReader reader, Cid document, byte[][] authors, ReadOnlySpan<Event> before, DagCborWriter block)
    {
        if (!reader.TryReadArrayStart(out int items) || items != EventItems
            || !reader.TryReadUInt(out ulong author) || author >= (ulong)authors.Length
            || !reader.TryReadUInt(out ulong sequence) || !reader.TryReadUInt(out ulong height) || !reader.TryReadUInt(out ulong at)
            || !reader.TryReadText(out ReadOnlySpan<byte> type)
            || !reader.TryReadBytes(out ReadOnlySpan<byte> signature) || signature.Length != EventLimits.SignatureBytes
            || !reader.TryReadBytes(out ReadOnlySpan<byte> body) || body.Length > EventLimits.BodyBytesMax
            || !reader.TryReadArrayStart(out int dependencies) || dependencies > EventLimits.DependenciesMax)
        {
            return SyncRefusal.Malformed;
        }

        block.Clear();
        block.WriteMapStart(11);
        block.WriteText("h"u8);
        block.WriteUInt(height);
        block.WriteText("t"u8);
        block.WriteText(type);
        block.WriteText("v"u8);
        block.WriteUInt(EventLimits.Version);
        block.WriteText("at"u8);
        block.WriteUInt(at);
        block.WriteText("by"u8);
        block.WriteBytes(authors[(int)author]);
        block.WriteText("doc"u8);
        block.WriteCid(document);
        block.WriteText("seq"u8);
        block.WriteUInt(sequence);
        block.WriteText("sig"u8);
        block.WriteBytes(signature);
        block.WriteText("body"u8);
        block.WriteRaw(body);
        block.WriteText("deps"u8);
        block.WriteArrayStart(dependencies);
        for (int i = 0; i < dependencies; i++)
        {
            if (!CopyLink(ref reader, before, block))
            {
                return SyncRefusal.Malformed;
            }
        }

        block.WriteText("prev"u8);
        if (reader.TryReadNull())
        {
            block.WriteNull();
            return SyncRefusal.None;
        }

        return CopyLink(ref reader, before, block) ? SyncRefusal.None : SyncRefusal.Malformed;
    }

    private static bool CopyLink(ref DagCborReader reader, ReadOnlySpan<Event> before, DagCborWriter block)
    {
        if (reader.PeekKind() == DagCborKind.UInt)
        {
            if (!reader.TryReadUInt(out ulong distance) || distance == 0 || distance > (ulong)before.Length)
            {
                return false;
            }

            block.WriteCid(before[before.Length - (int)distance].Cid);
            return true;
        }

        if (!reader.TryReadCidBytes(out ReadOnlySpan<byte> cid) || !EventLinks.IsEvent(cid))
        {
            return false;
        }

        block.WriteCidBytes(cid);
        return true;
    }
}
