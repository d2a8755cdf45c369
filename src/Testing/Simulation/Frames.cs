using System.Buffers.Binary;

namespace P2P.Testing.Simulation;

/// <summary>Byte strings in one message, each behind its length. Reads what there is and stops at the first that is cut off.</summary>
internal static class Frames
{
    public static byte[] Write(IEnumerable<byte[]> items)
    {
        List<byte> bytes = [];
        Span<byte> length = stackalloc byte[4];
        foreach (byte[] item in items)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, item.Length);
            bytes.AddRange(length);
            bytes.AddRange(item);
        }

        return [.. bytes];
    }

    public static List<byte[]> Read(ReadOnlySpan<byte> bytes)
    {
        List<byte[]> items = [];
        while (bytes.Length >= 4)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            if (length < 0 || length > bytes.Length - 4)
            {
                break;
            }

            items.Add(bytes.Slice(4, length).ToArray());
            bytes = bytes[(4 + length)..];
        }

        return items;
    }
}
