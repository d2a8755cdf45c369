using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Snapshots;

/// <summary>The data of a snapshot as blocks: one raw block, or a list of raw blocks, which every block exchange can carry.</summary>
/// <remarks>Spec: replica, section 13. The list is canonical DAG-CBOR <c>{ v:1, size, parts:[CID, …] }</c>.</remarks>
public static class SnapshotData
{
    /// <summary>Largest block, bytes.</summary>
    public const int PartBytes = EventLimits.BlockBytesMax;

    /// <summary>Most parts of a list: a list fits into one block and cannot promise more than the largest snapshot.</summary>
    public const int PartsMax = 4_096;

    private const ulong Version = 1;

    /// <summary>Cuts data into blocks. The last one is what a <c>snap</c> names.</summary>
    /// <param name="data">A snapshot; its first field is the version.</param>
    public static IReadOnlyList<Block> Split(ReadOnlyMemory<byte> data)
    {
        List<Block> blocks = [];
        for (int at = 0; at < data.Length; at += PartBytes)
        {
            ReadOnlyMemory<byte> part = data.Slice(at, Math.Min(PartBytes, data.Length - at));
            blocks.Add(new Block(Cid.ForRaw(part.Span), part));
        }

        if (blocks.Count != 1)
        {
            byte[] list = EncodeList(data.Length, blocks);
            blocks.Add(new Block(Cid.ForDagCbor(list), list));
        }

        return blocks;
    }

    /// <summary>Reads a list. Never throws on its content.</summary>
    /// <param name="block">The block a <c>snap</c> names, when its codec is DAG-CBOR.</param>
    /// <param name="sizeBytes">Bytes of all parts together.</param>
    /// <param name="parts">The parts in order.</param>
    public static bool TryReadList(ReadOnlySpan<byte> block, out ulong sizeBytes, out IReadOnlyList<Cid> parts)
    {
        parts = [];
        DagCborReader reader = new(block, DagCborOptions.NoFloats);
        sizeBytes = 0;
        if (!reader.TryReadMapStart(out int keys) || keys != 3 || !reader.TryReadKey("v"u8) || !reader.TryReadUInt(out ulong version)
            || version != Version || !reader.TryReadKey("size"u8) || !reader.TryReadUInt(out sizeBytes)
            || !reader.TryReadKey("parts"u8) || !reader.TryReadArrayStart(out int count) || count < 2 || count > PartsMax
            || sizeBytes == 0 || (sizeBytes - 1) / PartBytes != (ulong)count - 1)
        {
            return false;
        }

        Cid[] read = new Cid[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadCid(out read[i]) || read[i].Codec != Cid.RawCodec || !EventLinks.IsForm(read[i].Bytes))
            {
                return false;
            }
        }

        parts = read;
        return reader.End();
    }

    private static byte[] EncodeList(int sizeBytes, List<Block> parts)
    {
        DagCborWriter writer = new(64 + (42 * parts.Count));
        writer.WriteMapStart(3);
        writer.WriteText("v"u8);
        writer.WriteUInt(Version);
        writer.WriteText("size"u8);
        writer.WriteUInt((ulong)sizeBytes);
        writer.WriteText("parts"u8);
        writer.WriteArrayStart(parts.Count);
        foreach (Block part in parts)
        {
            writer.WriteCid(part.Cid);
        }

        return writer.ToArray();
    }
}
