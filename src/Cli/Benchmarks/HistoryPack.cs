using System.Buffers.Binary;
using System.IO.Compression;
using P2P.Crdt.Events;

namespace P2P.Cli.Benchmarks;

/// <summary>A whole history as bytes: blocks behind their lengths, compressed. Only for measuring.</summary>
internal static class HistoryPack
{
    private const int LengthBytes = 4;

    public static byte[] Encode(IReadOnlyList<Event> events)
    {
        using MemoryStream packed = new();
        using (BrotliStream stream = new(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            Span<byte> length = stackalloc byte[LengthBytes];
            foreach (Event item in events)
            {
                BinaryPrimitives.WriteInt32LittleEndian(length, item.Bytes.Length);
                stream.Write(length);
                stream.Write(item.Bytes.Span);
            }
        }

        return packed.ToArray();
    }

    public static List<ReadOnlyMemory<byte>> Decode(byte[] packed)
    {
        using MemoryStream plain = new(packed.Length * 4);
        using (BrotliStream stream = new(new MemoryStream(packed), CompressionMode.Decompress))
        {
            stream.CopyTo(plain);
        }

        List<ReadOnlyMemory<byte>> blocks = [];
        ReadOnlyMemory<byte> rest = plain.GetBuffer().AsMemory(0, (int)plain.Length);
        while (!rest.IsEmpty)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(rest.Span);
            blocks.Add(rest.Slice(LengthBytes, length));
            rest = rest[(LengthBytes + length)..];
        }

        return blocks;
    }
}
