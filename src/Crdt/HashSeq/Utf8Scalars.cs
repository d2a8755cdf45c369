using System.Text;

namespace P2P.Crdt.HashSeq;

/// <summary>Scalars of valid UTF-8.</summary>
internal static class Utf8Scalars
{
    /// <summary>How many there are: bytes that continue none.</summary>
    public static int Count(ReadOnlySpan<byte> utf8)
    {
        int count = 0;
        foreach (byte b in utf8)
        {
            count += (b & 0xC0) != 0x80 ? 1 : 0;
        }

        return count;
    }

    /// <summary>Writes them; <paramref name="scalars"/> is long enough for all.</summary>
    public static int Decode(ReadOnlySpan<byte> utf8, Span<int> scalars)
    {
        int count = 0;
        while (!utf8.IsEmpty)
        {
            if (utf8[0] < 0x80)
            {
                scalars[count++] = utf8[0];
                utf8 = utf8[1..];
                continue;
            }

            Rune.DecodeFromUtf8(utf8, out Rune rune, out int used);
            scalars[count++] = rune.Value;
            utf8 = utf8[used..];
        }

        return count;
    }
}
