using System.Buffers;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Core.Blocks;

/// <summary>A CAR file, version 1: roots and blocks. Read strictly, written canonically. Immutable.</summary>
/// <remarks>
/// Spec: CARv1. Stricter: every block is verified against its CID, lengths are in shortest form, the header is canonical
/// DAG-CBOR, and no block may be there twice.
/// </remarks>
public sealed class CarFile
{
    /// <summary>Longest section accepted: a CID and a block of 2 MiB.</summary>
    public const int SectionBytesMax = (2 << 20) + Cid.BytesMax;

    private const int HeaderBytesMax = 1 << 20;

    private static readonly DagCborOptions s_header = new() { AllowFloats = false };

    private CarFile(Cid[] roots, List<Block> blocks)
    {
        Roots = roots;
        Blocks = blocks;
    }

    /// <summary>Roots, in the order of the header.</summary>
    public IReadOnlyList<Cid> Roots { get; }

    /// <summary>Blocks, in the order of the file; slices of what was read.</summary>
    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>Reads a file. Never throws on its content.</summary>
    /// <param name="file">All bytes; must not change afterwards.</param>
    /// <param name="car">The file.</param>
    /// <returns>Valid, or what is wrong first.</returns>
    public static CarStatus TryRead(ReadOnlyMemory<byte> file, out CarFile? car)
    {
        car = null;
        CarStatus status = ReadSection(file, 0, HeaderBytesMax, out ReadOnlyMemory<byte> header, out int at);
        if (status != CarStatus.Valid)
        {
            return status;
        }

        status = ReadHeader(header.Span, out Cid[] roots);
        if (status != CarStatus.Valid)
        {
            return status;
        }

        List<Block> blocks = [];
        HashSet<Cid> seen = [];
        while (at < file.Length)
        {
            status = ReadSection(file, at, SectionBytesMax, out ReadOnlyMemory<byte> section, out at);
            if (status != CarStatus.Valid)
            {
                return status;
            }

            if (!Cid.TryRead(section.Span, out Cid cid, out int length))
            {
                return CarStatus.BadCid;
            }

            ReadOnlyMemory<byte> data = section[length..];
            if (!cid.Verify(data.Span))
            {
                return CarStatus.CidMismatch;
            }

            if (!seen.Add(cid))
            {
                return CarStatus.Duplicate;
            }

            blocks.Add(new Block(cid, data));
        }

        car = new CarFile(roots, blocks);
        return CarStatus.Valid;
    }

    /// <summary>The bytes of a header section.</summary>
    /// <param name="roots">Roots in the order wanted.</param>
    public static byte[] EncodeHeader(IReadOnlyList<Cid> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        DagCborWriter writer = new(64 + (42 * roots.Count));
        writer.WriteMapStart(2);
        writer.WriteText("roots"u8);
        writer.WriteArrayStart(roots.Count);
        foreach (Cid root in roots)
        {
            writer.WriteCid(root);
        }

        writer.WriteText("version"u8);
        writer.WriteUInt(1);
        return [.. Prefix(writer.Length), .. writer.WrittenSpan];
    }

    /// <summary>The bytes of a block section, without the block itself: length and CID.</summary>
    /// <param name="block">A verified block.</param>
    public static byte[] EncodeBlockHead(Block block) => [.. Prefix(block.Cid.Bytes.Length + block.Data.Length), .. block.Cid.Bytes];

    /// <summary>Writes a file.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="roots">Roots.</param>
    /// <param name="blocks">Verified blocks, each once.</param>
    /// <param name="cancellationToken">Cancelling leaves a part of the file.</param>
    public static async Task WriteAsync(Stream destination, IReadOnlyList<Cid> roots, IEnumerable<Block> blocks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(blocks);
        await destination.WriteAsync(EncodeHeader(roots), cancellationToken);
        foreach (Block block in blocks)
        {
            await destination.WriteAsync(EncodeBlockHead(block), cancellationToken);
            await destination.WriteAsync(block.Data, cancellationToken);
        }
    }

    private static byte[] Prefix(int length)
    {
        byte[] prefix = new byte[VarInt.SizeOf((ulong)length)];
        VarInt.Write(prefix, (ulong)length);
        return prefix;
    }

    private static CarStatus ReadSection(ReadOnlyMemory<byte> file, int at, int lengthMax, out ReadOnlyMemory<byte> section, out int next)
    {
        (section, next) = (default, at);
        OperationStatus status = VarInt.TryRead(file.Span[at..], out ulong length, out int used);
        if (status != OperationStatus.Done)
        {
            return status == OperationStatus.NeedMoreData ? CarStatus.Truncated : CarStatus.Length;
        }

        if (length == 0 || length > (ulong)lengthMax)
        {
            return CarStatus.Length;
        }

        if (length > (ulong)(file.Length - at - used))
        {
            return CarStatus.Truncated;
        }

        section = file.Slice(at + used, (int)length);
        next = at + used + (int)length;
        return CarStatus.Valid;
    }

    private static CarStatus ReadHeader(ReadOnlySpan<byte> header, out Cid[] roots)
    {
        roots = [];
        DagCborReader reader = new(header, s_header);
        if (!reader.TryReadMapStart(out int keys))
        {
            return CarStatus.Header;
        }

        if (keys == 1 && reader.TryReadKey("version"u8))
        {
            return CarStatus.Version; // CARv2 begins so
        }

        if (keys != 2 || !reader.TryReadKey("roots"u8) || !reader.TryReadArrayStart(out int count))
        {
            return CarStatus.Header;
        }

        roots = new Cid[count];
        for (int i = 0; i < count; i++)
        {
            if (!reader.TryReadCid(out roots[i]))
            {
                return CarStatus.Header;
            }
        }

        if (!reader.TryReadKey("version"u8) || !reader.TryReadUInt(out ulong version) || !reader.End())
        {
            return CarStatus.Header;
        }

        return version == 1 ? CarStatus.Valid : CarStatus.Version;
    }
}
