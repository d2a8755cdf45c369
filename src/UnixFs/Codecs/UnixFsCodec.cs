using System.Numerics;
using P2P.Core.Encoding;

namespace P2P.UnixFs.Codecs;

/// <summary>Reads and writes the data field of UnixFS nodes. Never throws on input. Static, thread-safe.</summary>
/// <remarks>Spec: UnixFS 1. Stricter: no unknown field, none twice, block sizes unpacked as all writers write them, sizes that add up.</remarks>
public static class UnixFsCodec
{
    private const int TypeField = 1;
    private const int DataField = 2;
    private const int FileSizeField = 3;
    private const int BlockSizesField = 4;
    private const int HashTypeField = 5;
    private const int FanoutField = 6;
    private const int ModeField = 7;
    private const int ModifiedField = 8;
    private const ulong MurmurCode = 0x22;
    private const ulong KindMax = (ulong)UnixFsKind.Shard - 1;

    /// <summary>Reads the data of a node.</summary>
    /// <param name="source">All bytes of the field; <see cref="UnixFsNode.Data"/> is a slice of it.</param>
    /// <param name="sizesMax">Most block sizes accepted: the links of the node.</param>
    /// <param name="node">The node, or null.</param>
    public static UnixFsStatus TryRead(ReadOnlyMemory<byte> source, int sizesMax, out UnixFsNode? node)
    {
        node = null;
        if (!ProtoReader.TryCount(source.Span, BlockSizesField, out int count))
        {
            return UnixFsStatus.Malformed;
        }

        if (count > sizesMax)
        {
            return UnixFsStatus.TooManySizes;
        }

        ulong[] sizes = new ulong[count];
        Span<ulong?> numbers = new ulong?[ModifiedField + 1];
        ReadOnlyMemory<byte> data = default;
        int read = 0;
        ProtoReader reader = new(source.Span);
        while (reader.TryReadField())
        {
            if (reader.Field > ModifiedField)
            {
                return UnixFsStatus.UnknownField;
            }

            if (reader.WireType != (reader.Field is DataField or ModifiedField ? ProtoWireType.Bytes : ProtoWireType.Varint))
            {
                return UnixFsStatus.Malformed;
            }

            if (reader.Field == BlockSizesField)
            {
                sizes[read++] = reader.Value;
                continue;
            }

            if (numbers[reader.Field] is not null)
            {
                return UnixFsStatus.Repeated;
            }

            numbers[reader.Field] = reader.Value;
            data = reader.Field == DataField && source.Span.Overlaps(reader.Bytes, out int offset) ? source.Slice(offset, reader.Bytes.Length) : data;
        }

        return reader.Failed ? UnixFsStatus.Malformed : Check(numbers, sizes, data, out node);
    }

    /// <summary>The data of a file's node: its size and the sizes below its links.</summary>
    /// <param name="blockBytes">Bytes below each link.</param>
    public static byte[] EncodeFile(IReadOnlyList<ulong> blockBytes)
    {
        ArgumentNullException.ThrowIfNull(blockBytes);
        ProtoWriter writer = new(16 + (4 * blockBytes.Count));
        writer.WriteVarint(TypeField, (ulong)UnixFsKind.File - 1);
        ulong all = 0;
        foreach (ulong bytes in blockBytes)
        {
            all += bytes;
        }

        writer.WriteVarint(FileSizeField, all);
        foreach (ulong bytes in blockBytes)
        {
            writer.WriteVarint(BlockSizesField, bytes);
        }

        return writer.ToArray();
    }

    /// <summary>The data of a directory's node.</summary>
    public static byte[] EncodeDirectory()
    {
        ProtoWriter writer = new(2);
        writer.WriteVarint(TypeField, (ulong)UnixFsKind.Directory - 1);
        return writer.ToArray();
    }

    private static UnixFsStatus Check(ReadOnlySpan<ulong?> numbers, ulong[] sizes, ReadOnlyMemory<byte> data, out UnixFsNode? node)
    {
        node = null;
        if (numbers[TypeField] is not ulong type || type > KindMax)
        {
            return UnixFsStatus.BadType;
        }

        UnixFsKind kind = (UnixFsKind)(type + 1);
        if (numbers[ModeField] > uint.MaxValue)
        {
            return UnixFsStatus.Malformed;
        }

        if (kind is UnixFsKind.File or UnixFsKind.Raw && !SizesAddUp(numbers[FileSizeField], sizes, data.Length))
        {
            return UnixFsStatus.WrongSize;
        }

        ulong fanout = numbers[FanoutField] ?? 0;
        if (kind == UnixFsKind.Shard && (numbers[HashTypeField] != MurmurCode || fanout is < 8 or > 1024 || !BitOperations.IsPow2(fanout)))
        {
            return UnixFsStatus.BadShard;
        }

        node = new UnixFsNode
        {
            Kind = kind,
            Data = data,
            FileBytes = numbers[FileSizeField],
            BlockBytes = sizes,
            Fanout = kind == UnixFsKind.Shard ? (int)fanout : 0,
            Mode = (uint?)numbers[ModeField],
        };
        return UnixFsStatus.Valid;
    }

    private static bool SizesAddUp(ulong? fileBytes, ulong[] sizes, int dataBytes)
    {
        UInt128 all = (ulong)dataBytes;
        foreach (ulong size in sizes)
        {
            all += size;
        }

        return all <= long.MaxValue && (fileBytes is ulong said ? said == all : sizes.Length == 0);
    }
}
