using System.Buffers;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Storage.Inspection;

/// <summary>Reads a CAR, version 1, from anybody: lengths are compared with limits before anything is allocated, every block with its CID.</summary>
internal sealed class CarReader(Stream source)
{
    private const int HeaderBytesMax = 16 << 20;
    private const int BlockBytesMax = (2 << 20) + Cid.BytesMax;

    private readonly List<Cid> _roots = [];

    /// <summary>What the file says it is about; known when the header is read.</summary>
    public IReadOnlyList<Cid> Roots => _roots;

    /// <summary>Reads the header.</summary>
    /// <returns>False when this is no CAR of version 1.</returns>
    public async ValueTask<bool> TryReadHeaderAsync(CancellationToken cancellationToken) =>
        await ReadPartAsync(HeaderBytesMax, cancellationToken) is byte[] header && IsHeader(header);

    /// <summary>The next block.</summary>
    /// <returns>Null at the end; a block with no CID where the file is cut off, malformed or does not hash to what it says.</returns>
    public async ValueTask<(Cid Cid, ReadOnlyMemory<byte> Bytes)?> ReadAsync(CancellationToken cancellationToken)
    {
        byte[]? part = await ReadPartAsync(BlockBytesMax, cancellationToken);
        if (part is null)
        {
            return _ended ? null : (default(Cid), default(ReadOnlyMemory<byte>));
        }

        return Cid.TryRead(part, out Cid cid, out int consumed) && cid.Verify(part.AsSpan(consumed))
            ? (cid, part.AsMemory(consumed))
            : (default(Cid), default(ReadOnlyMemory<byte>));
    }

    private bool _ended;

    private bool IsHeader(byte[] header)
    {
        DagCborReader reader = new(header);
        if (!reader.TryReadMapStart(out int count) || count != 2 || !reader.TryReadKey("roots"u8) || !reader.TryReadArrayStart(out int roots))
        {
            return false;
        }

        for (int i = 0; i < roots; i++)
        {
            if (!reader.TryReadCidBytes(out ReadOnlySpan<byte> root))
            {
                return false;
            }

            if (Cid.TryRead(root, out Cid cid, out _))
            {
                _roots.Add(cid);
            }
        }

        return reader.TryReadKey("version"u8) && reader.TryReadUInt(out ulong version) && version == 1 && reader.End();
    }

    // Null: the end, or no part of at most that many bytes.
    private async ValueTask<byte[]?> ReadPartAsync(int bytesMax, CancellationToken cancellationToken)
    {
        byte[] prefix = new byte[VarInt.BytesMax];
        int read = 0;
        ulong length;
        while (VarInt.TryRead(prefix.AsSpan(0, read), out length, out _) != OperationStatus.Done)
        {
            if (read == prefix.Length || await source.ReadAsync(prefix.AsMemory(read, 1), cancellationToken) == 0)
            {
                _ended = read == 0;
                return null;
            }

            read++;
        }

        if (length == 0 || length > (ulong)bytesMax)
        {
            return null;
        }

        byte[] part = new byte[(int)length];
        return await source.ReadAtLeastAsync(part, part.Length, throwOnEndOfStream: false, cancellationToken) == part.Length ? part : null;
    }
}
