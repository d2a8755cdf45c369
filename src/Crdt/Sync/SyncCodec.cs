using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Sync;

/// <summary>Frames of the sync protocol: bytes to messages, and back. Stateless; never throws on hostile bytes, counts before it allocates.</summary>
/// <remarks>Spec: replica, section 12. A frame is a canonical DAG-CBOR array <c>[number, "Name", …]</c>; its length prefix is not part of it.</remarks>
internal static class SyncCodec
{
    /// <summary>Longest text kept of an <c>Error</c>.</summary>
    public const int ErrorTextBytesMax = 512;

    private static readonly DagCborOptions s_options = new() { AllowFloats = false, ItemsMax = SyncProtocol.FrameBytesMax };

    private static readonly string[] s_names = ["", "Open", "Have", "Pack", "PackEnd", "Get", "Blocks", "Range", "Digest", "Error"];

    /// <summary>Encodes a message.</summary>
    public static byte[] Write(SyncMessage message)
    {
        DagCborWriter writer = new(1_024);
        switch (message)
        {
            case SummaryMessage summary:
                Start(writer, summary.IsOpen ? 1 : 2, 4);
                writer.WriteBytes(summary.Nonce.Span);
                SummaryCodec.Write(writer, summary.Documents);
                break;
            case PackMessage pack:
                Start(writer, 3, 4);
                writer.WriteCid(pack.Document);
                PackCodec.Write(writer, pack.Events);
                break;
            case PackEndMessage end:
                Start(writer, 4, 5);
                writer.WriteCid(end.Document);
                writer.WriteUInt(end.Count);
                WriteCids(writer, end.Heads);
                break;
            case GetMessage get:
                Start(writer, 5, 4);
                writer.WriteCid(get.Document);
                WriteCids(writer, get.Cids);
                break;
            case BlocksMessage blocks:
                WriteBlocks(writer, blocks);
                break;
            case RangeMessage range:
                Start(writer, 7, 4);
                writer.WriteCid(range.Document);
                RangeCodec.Write(writer, range.Entries);
                break;
            case DigestMessage digest:
                WriteDigest(writer, digest);
                break;
            case ErrorMessage error:
                Start(writer, 9, 4);
                writer.WriteUInt(error.Code);
                writer.WriteText(error.Text);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"Unknown message {message.GetType().Name}.");
        }

        return writer.ToArray();
    }

    /// <summary>Decodes one frame.</summary>
    /// <param name="frame">All bytes; messages keep slices of it.</param>
    /// <param name="message">The message on success.</param>
    /// <returns>None on success, else why not.</returns>
    public static SyncRefusal TryRead(ReadOnlyMemory<byte> frame, out SyncMessage? message)
    {
        message = null;
        DagCborReader reader = new(frame.Span, s_options);
        if (!reader.TryReadArrayStart(out int items) || items < 3 || !reader.TryReadUInt(out ulong type))
        {
            return SyncRefusal.Malformed;
        }

        if (type is 0 or > 9)
        {
            return SyncRefusal.UnknownMessage;
        }

        if (!reader.TryReadText(out ReadOnlySpan<byte> name) || !IsName(name, s_names[(int)type]))
        {
            return SyncRefusal.Malformed;
        }

        if (frame.Length > LimitOf(type))
        {
            return SyncRefusal.TooLong;
        }

        SyncRefusal refusal = items != (type is 4 or 8 ? 5 : 4) ? SyncRefusal.Malformed : type switch
        {
            1 or 2 => ReadSummary(ref reader, type == 1, out message),
            3 => ReadPack(ref reader, out message),
            4 => ReadPackEnd(ref reader, out message),
            5 => ReadGet(ref reader, out message),
            6 => ReadBlocks(ref reader, frame, out message),
            7 => ReadRange(ref reader, out message),
            8 => ReadDigest(ref reader, out message),
            _ => ReadError(ref reader, out message),
        };
        if (refusal == SyncRefusal.None && !reader.End())
        {
            refusal = SyncRefusal.Malformed;
        }

        message = refusal == SyncRefusal.None ? message : null;
        return refusal;
    }

    /// <summary>Reads a CID of a document or event.</summary>
    internal static bool TryReadCid(ref DagCborReader reader, out Cid cid)
    {
        cid = default;
        return reader.TryReadCidBytes(out ReadOnlySpan<byte> bytes) && EventLinks.IsEvent(bytes) && Cid.TryRead(bytes, out cid, out _);
    }

    /// <summary>Reads a list of CIDs; its count is compared before anything is allocated.</summary>
    internal static SyncRefusal ReadCids(ref DagCborReader reader, int most, bool ascending, out Cid[] cids)
    {
        cids = [];
        if (!reader.TryReadArrayStart(out int count))
        {
            return SyncRefusal.Malformed;
        }

        if (count > most)
        {
            return SyncRefusal.TooMany;
        }

        cids = new Cid[count];
        for (int i = 0; i < count; i++)
        {
            if (!TryReadCid(ref reader, out cids[i]))
            {
                return SyncRefusal.Malformed;
            }

            if (ascending && i > 0 && cids[i - 1].CompareTo(cids[i]) >= 0)
            {
                return SyncRefusal.Unordered;
            }
        }

        return SyncRefusal.None;
    }

    internal static void WriteCids(DagCborWriter writer, IReadOnlyList<Cid> cids)
    {
        writer.WriteArrayStart(cids.Count);
        foreach (Cid cid in cids)
        {
            writer.WriteCid(cid);
        }
    }

    private static int LimitOf(ulong type) => type switch
    {
        1 or 2 => SyncProtocol.OpenBytesMax,
        7 => SyncProtocol.RangeBytesMax,
        9 => SyncProtocol.ErrorBytesMax,
        _ => SyncProtocol.FrameBytesMax,
    };

    private static bool IsName(ReadOnlySpan<byte> utf8, string name)
    {
        if (utf8.Length != name.Length)
        {
            return false;
        }

        for (int i = 0; i < name.Length; i++)
        {
            if (utf8[i] != name[i])
            {
                return false;
            }
        }

        return true;
    }

    private static void Start(DagCborWriter writer, int type, int items)
    {
        writer.WriteArrayStart(items);
        writer.WriteUInt((ulong)type);
        writer.WriteText(s_names[type]);
    }

    private static void WriteBlocks(DagCborWriter writer, BlocksMessage blocks)
    {
        Start(writer, 6, 4);
        writer.WriteCid(blocks.Document);
        writer.WriteArrayStart(blocks.Blocks.Count);
        foreach (ReadOnlyMemory<byte>? block in blocks.Blocks)
        {
            if (block is ReadOnlyMemory<byte> bytes)
            {
                writer.WriteBytes(bytes.Span);
            }
            else
            {
                writer.WriteNull();
            }
        }
    }

    private static void WriteDigest(DagCborWriter writer, DigestMessage digest)
    {
        Start(writer, 8, 5);
        writer.WriteUInt((ulong)digest.Level);
        writer.WriteBytes(digest.Prefix.Span);
        writer.WriteArrayStart(digest.Hashes.Count);
        foreach (EventDigest hash in digest.Hashes)
        {
            writer.WriteBytes(hash.ToArray());
        }
    }

    private static SyncRefusal ReadSummary(ref DagCborReader reader, bool isOpen, out SyncMessage? message)
    {
        message = null;
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> nonce) || nonce.Length != SyncProtocol.NonceBytes)
        {
            return SyncRefusal.Malformed;
        }

        SyncRefusal refusal = SummaryCodec.Read(ref reader, out List<SyncSummary> documents);
        message = new SummaryMessage(isOpen, nonce.ToArray(), documents);
        return refusal;
    }

    private static SyncRefusal ReadPack(ref DagCborReader reader, out SyncMessage? message)
    {
        message = null;
        if (!TryReadCid(ref reader, out Cid document))
        {
            return SyncRefusal.Malformed;
        }

        SyncRefusal refusal = PackCodec.Read(ref reader, document, SyncProtocol.FrameBytesMax, out Event[] events);
        message = new PackMessage(document, events);
        return refusal;
    }

    private static SyncRefusal ReadPackEnd(ref DagCborReader reader, out SyncMessage? message)
    {
        message = null;
        if (!TryReadCid(ref reader, out Cid document) || !reader.TryReadUInt(out ulong count))
        {
            return SyncRefusal.Malformed;
        }

        SyncRefusal refusal = ReadCids(ref reader, SyncProtocol.HeadsMax, ascending: true, out Cid[] heads);
        message = new PackEndMessage(document, count, heads);
        return refusal;
    }

    private static SyncRefusal ReadGet(ref DagCborReader reader, out SyncMessage? message)
    {
        message = null;
        if (!TryReadCid(ref reader, out Cid document))
        {
            return SyncRefusal.Malformed;
        }

        SyncRefusal refusal = ReadCids(ref reader, SyncProtocol.GetMax, ascending: false, out Cid[] cids);
        message = new GetMessage(document, cids);
        return refusal == SyncRefusal.None && cids.Length == 0 ? SyncRefusal.Malformed : refusal;
    }

    private static SyncRefusal ReadBlocks(ref DagCborReader reader, ReadOnlyMemory<byte> frame, out SyncMessage? message)
    {
        message = null;
        if (!TryReadCid(ref reader, out Cid document) || !reader.TryReadArrayStart(out int count))
        {
            return SyncRefusal.Malformed;
        }

        if (count > SyncProtocol.GetMax)
        {
            return SyncRefusal.TooMany;
        }

        ReadOnlyMemory<byte>?[] blocks = new ReadOnlyMemory<byte>?[count];
        for (int i = 0; i < count; i++)
        {
            if (reader.TryReadNull())
            {
                continue;
            }

            if (!reader.TryReadBytes(out ReadOnlySpan<byte> block) || block.Length > EventLimits.BlockBytesMax)
            {
                return SyncRefusal.Malformed;
            }

            blocks[i] = frame.Slice(reader.Position - block.Length, block.Length);
        }

        message = new BlocksMessage(document, blocks);
        return SyncRefusal.None;
    }

    private static SyncRefusal ReadRange(ref DagCborReader reader, out SyncMessage? message)
    {
        message = null;
        if (!TryReadCid(ref reader, out Cid document))
        {
            return SyncRefusal.Malformed;
        }

        SyncRefusal refusal = RangeCodec.Read(ref reader, out List<RangeEntry> entries);
        message = new RangeMessage(document, entries);
        return refusal;
    }

    private static SyncRefusal ReadDigest(ref DagCborReader reader, out SyncMessage? message)
    {
        message = null;
        if (!reader.TryReadUInt(out ulong level) || level > SyncProtocol.DigestLevelMax
            || !reader.TryReadBytes(out ReadOnlySpan<byte> prefix) || prefix.Length != Math.Max(0, (int)level - 1)
            || prefix.ContainsAnyExceptInRange((byte)0, (byte)15) || !reader.TryReadArrayStart(out int count))
        {
            return SyncRefusal.Malformed;
        }

        if (count != (level == 0 ? 1 : SyncProtocol.DigestHashesMax))
        {
            return SyncRefusal.TooMany;
        }

        EventDigest[] hashes = new EventDigest[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadBytes(out ReadOnlySpan<byte> hash) || hash.Length != EventDigest.Bytes)
            {
                return SyncRefusal.Malformed;
            }

            hashes[i] = EventDigest.Read(hash);
        }

        message = new DigestMessage((int)level, prefix.ToArray(), hashes);
        return SyncRefusal.None;
    }

    private static SyncRefusal ReadError(ref DagCborReader reader, out SyncMessage? message)
    {
        message = null;
        if (!reader.TryReadUInt(out ulong code) || !reader.TryReadText(out ReadOnlySpan<byte> text) || text.Length > ErrorTextBytesMax)
        {
            return SyncRefusal.Malformed;
        }

        message = new ErrorMessage(code, System.Text.Encoding.UTF8.GetString(text));
        return SyncRefusal.None;
    }
}
