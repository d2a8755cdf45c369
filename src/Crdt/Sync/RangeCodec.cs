using System.Buffers.Binary;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>The entries of a <c>Range</c>: <c>[h, CID, mode, data]</c>; data is null, <c>[count, fingerprint]</c> or a list of CIDs.</summary>
internal static class RangeCodec
{
    /// <summary>Fewest bytes of an entry: height, CID, mode, data.</summary>
    private const int EntryBytesMin = 44;

    /// <summary>Writes the entries.</summary>
    public static void Write(DagCborWriter writer, IReadOnlyList<RangeEntry> entries)
    {
        Span<byte> fingerprint = stackalloc byte[SyncProtocol.FingerprintBytes];
        writer.WriteArrayStart(entries.Count);
        foreach (RangeEntry entry in entries)
        {
            writer.WriteArrayStart(4);
            writer.WriteUInt(entry.Height);
            writer.WriteCid(entry.Bound);
            writer.WriteUInt((ulong)entry.Mode);
            switch (entry.Mode)
            {
                case RangeMode.Fingerprint:
                    writer.WriteArrayStart(2);
                    writer.WriteUInt(entry.Count);
                    BinaryPrimitives.WriteUInt128BigEndian(fingerprint, entry.Fingerprint);
                    writer.WriteBytes(fingerprint);
                    break;
                case RangeMode.List:
                    SyncCodec.WriteCids(writer, entry.Ids);
                    break;
                default:
                    writer.WriteNull();
                    break;
            }
        }
    }

    /// <summary>Reads the entries; bounds must ascend.</summary>
    public static SyncRefusal Read(ref DagCborReader reader, out List<RangeEntry> entries)
    {
        entries = [];
        if (!reader.TryReadArrayStart(out int count))
        {
            return SyncRefusal.Malformed;
        }

        if (count > SyncProtocol.RangeBytesMax / EntryBytesMin)
        {
            return SyncRefusal.TooMany;
        }

        for (int i = 0; i < count; i++)
        {
            SyncRefusal refusal = ReadOne(ref reader, out RangeEntry entry);
            if (refusal != SyncRefusal.None)
            {
                return refusal;
            }

            if (i > 0 && (entries[^1].Height, entries[^1].Bound).CompareTo((entry.Height, entry.Bound)) >= 0)
            {
                return SyncRefusal.Unordered;
            }

            entries.Add(entry);
        }

        return SyncRefusal.None;
    }

    private static SyncRefusal ReadOne(ref DagCborReader reader, out RangeEntry entry)
    {
        entry = default;
        if (!reader.TryReadArrayStart(out int items) || items != 4 || !reader.TryReadUInt(out ulong height)
            || !SyncCodec.TryReadCid(ref reader, out Cid bound) || !reader.TryReadUInt(out ulong mode))
        {
            return SyncRefusal.Malformed;
        }

        switch (mode)
        {
            case (ulong)RangeMode.Skip when reader.TryReadNull():
                entry = new RangeEntry(height, bound, RangeMode.Skip, 0, 0, []);
                return SyncRefusal.None;
            case (ulong)RangeMode.Fingerprint when reader.TryReadArrayStart(out int parts) && parts == 2
                && reader.TryReadUInt(out ulong count) && reader.TryReadBytes(out ReadOnlySpan<byte> fingerprint)
                && fingerprint.Length == SyncProtocol.FingerprintBytes:
                entry = new RangeEntry(height, bound, RangeMode.Fingerprint, count, BinaryPrimitives.ReadUInt128BigEndian(fingerprint), []);
                return SyncRefusal.None;
            case (ulong)RangeMode.List:
                SyncRefusal refusal = SyncCodec.ReadCids(ref reader, SyncProtocol.RangeListMax, ascending: false, out Cid[] ids);
                entry = new RangeEntry(height, bound, RangeMode.List, 0, 0, ids);
                return refusal;
            default:
                return SyncRefusal.Malformed;
        }
    }
}
