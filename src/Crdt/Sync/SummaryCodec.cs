using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Crdt.Sync;

/// <summary>The documents of <c>Open</c> and <c>Have</c>: <c>[cid, heads, authors, rest, n, itc?]</c> each.</summary>
/// <remarks><c>itc</c> is a <see cref="ClockHint"/> in bytes. One that is none is dropped by whoever looks at it, never here: it could only spare bytes.</remarks>
internal static class SummaryCodec
{
    /// <summary>Writes the list.</summary>
    public static void Write(DagCborWriter writer, IReadOnlyList<SyncSummary> documents)
    {
        Span<byte> key = stackalloc byte[EventLimits.AuthorBytes];
        writer.WriteArrayStart(documents.Count);
        foreach (SyncSummary summary in documents)
        {
            writer.WriteArrayStart(summary.Hint.IsEmpty ? 5 : 6);
            writer.WriteCid(summary.Document);
            SyncCodec.WriteCids(writer, summary.Heads);
            writer.WriteArrayStart(summary.Authors.Count);
            foreach (SyncAuthor author in summary.Authors)
            {
                writer.WriteArrayStart(3);
                AuthorKey.Write(author.Key, key);
                writer.WriteBytes(key);
                writer.WriteUInt(author.Sequence);
                writer.WriteCid(author.Head);
            }

            if (summary.Rest.IsNone)
            {
                writer.WriteNull();
            }
            else
            {
                writer.WriteBytes(summary.Rest.ToArray());
            }

            writer.WriteUInt(summary.Count);
            if (!summary.Hint.IsEmpty)
            {
                writer.WriteBytes(summary.Hint.Span);
            }
        }
    }

    /// <summary>As many of the summaries as one message can hold; the others wait for the next session.</summary>
    public static List<SyncSummary> Fit(IReadOnlyList<SyncSummary> documents, int bytesMax)
    {
        List<SyncSummary> fitting = [];
        int room = bytesMax - 64;
        foreach (SyncSummary summary in documents.Take(SyncProtocol.DocumentsMax))
        {
            room -= 104 + (summary.Heads.Count * 42) + (summary.Authors.Count * 96) + summary.Hint.Length;
            if (room < 0)
            {
                break;
            }

            fitting.Add(summary);
        }

        return fitting;
    }

    /// <summary>Reads the list.</summary>
    public static SyncRefusal Read(ref DagCborReader reader, out List<SyncSummary> documents)
    {
        documents = [];
        if (!reader.TryReadArrayStart(out int count))
        {
            return SyncRefusal.Malformed;
        }

        if (count > SyncProtocol.DocumentsMax)
        {
            return SyncRefusal.TooMany;
        }

        HashSet<Cid> named = [];
        for (int i = 0; i < count; i++)
        {
            SyncRefusal refusal = ReadOne(ref reader, out SyncSummary? summary);
            if (refusal != SyncRefusal.None)
            {
                return refusal;
            }

            if (!named.Add(summary!.Document))
            {
                return SyncRefusal.Malformed; // named twice
            }

            documents.Add(summary);
        }

        return SyncRefusal.None;
    }

    private static SyncRefusal ReadOne(ref DagCborReader reader, out SyncSummary? summary)
    {
        summary = null;
        if (!reader.TryReadArrayStart(out int items) || items is not (5 or 6) || !SyncCodec.TryReadCid(ref reader, out Cid document))
        {
            return SyncRefusal.Malformed;
        }

        SyncRefusal refusal = SyncCodec.ReadCids(ref reader, SyncProtocol.HeadsMax, ascending: true, out Cid[] heads);
        if (refusal != SyncRefusal.None)
        {
            return refusal;
        }

        refusal = ReadAuthors(ref reader, out SyncAuthor[] authors);
        if (refusal != SyncRefusal.None)
        {
            return refusal;
        }

        EventDigest rest = default;
        if (!reader.TryReadNull())
        {
            if (!reader.TryReadBytes(out ReadOnlySpan<byte> hash) || hash.Length != EventDigest.Bytes)
            {
                return SyncRefusal.Malformed;
            }

            rest = EventDigest.Read(hash);
        }

        ReadOnlySpan<byte> hint = default;
        if (!reader.TryReadUInt(out ulong count) || (items == 6 && !reader.TrySkip(out hint)))
        {
            return SyncRefusal.Malformed;
        }

        summary = new SyncSummary(document, heads, authors, rest, count) { Hint = ReadHint(hint) };
        return SyncRefusal.None;
    }

    // What is no hint stays one byte of nonsense: it is counted where hints are judged, and costs no memory until then.
    private static byte[] ReadHint(ReadOnlySpan<byte> item)
    {
        DagCborReader reader = new(item);
        return item.IsEmpty ? [] : reader.TryReadBytes(out ReadOnlySpan<byte> hint) && hint.Length <= ClockHint.BytesMax ? hint.ToArray() : [0];
    }

    private static SyncRefusal ReadAuthors(ref DagCborReader reader, out SyncAuthor[] authors)
    {
        authors = [];
        if (!reader.TryReadArrayStart(out int count))
        {
            return SyncRefusal.Malformed;
        }

        if (count > SyncProtocol.AuthorsMax)
        {
            return SyncRefusal.TooMany;
        }

        authors = new SyncAuthor[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadArrayStart(out int items) || items != 3
                || !reader.TryReadBytes(out ReadOnlySpan<byte> author) || !AuthorKey.IsForm(author)
                || !reader.TryReadUInt(out ulong sequence) || sequence == 0 || !SyncCodec.TryReadCid(ref reader, out Cid head))
            {
                return SyncRefusal.Malformed;
            }

            authors[i] = new SyncAuthor(Clock.EventGraph.KeyOf(author), sequence, head);
            if (i > 0 && authors[i - 1].CompareTo(authors[i]) >= 0)
            {
                return SyncRefusal.Unordered;
            }
        }

        return SyncRefusal.None;
    }
}
