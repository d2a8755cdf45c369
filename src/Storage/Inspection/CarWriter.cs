using P2P.Core.Encoding;
using P2P.Core.Multiformats;

namespace P2P.Storage.Inspection;

/// <summary>A CAR, version 1: a header with the roots, then blocks behind their CIDs, each with its length.</summary>
/// <remarks>Spec: https://ipld.io/specs/transport/car/carv1/</remarks>
internal sealed class CarWriter(Stream destination)
{
    /// <summary>Blocks written.</summary>
    public long Blocks { get; private set; }

    public async ValueTask WriteHeaderAsync(IReadOnlyList<Cid> roots, CancellationToken cancellationToken)
    {
        DagCborWriter header = new();
        header.WriteMapStart(2);
        header.WriteText("roots"u8);
        header.WriteArrayStart(roots.Count);
        foreach (Cid root in roots)
        {
            header.WriteCid(root);
        }

        header.WriteText("version"u8);
        header.WriteUInt(1);
        await WriteLengthAsync(header.Length, cancellationToken);
        await destination.WriteAsync(header.WrittenMemory, cancellationToken);
    }

    public async ValueTask WriteBlockAsync(Cid cid, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await WriteLengthAsync(cid.Bytes.Length + bytes.Length, cancellationToken);
        await destination.WriteAsync(cid.Memory, cancellationToken);
        await destination.WriteAsync(bytes, cancellationToken);
        Blocks++;
    }

    private ValueTask WriteLengthAsync(int length, CancellationToken cancellationToken)
    {
        byte[] prefix = new byte[VarInt.BytesMax];
        int size = VarInt.Write(prefix, (ulong)length);
        return destination.WriteAsync(prefix.AsMemory(0, size), cancellationToken);
    }
}
