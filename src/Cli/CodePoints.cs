using P2P.Crdt.HashSeq;

namespace P2P.Cli;

/// <summary>Positions in code points, which scripts and traces use, as positions in UTF-16 units, which texts use.</summary>
internal static class CodePoints
{
    private const int Chunk = 1 << 14;

    /// <summary>The UTF-16 offset of a position, or −1 when the text ends before it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="position">Code points.</param>
    /// <param name="mayBeAstral">Whether the text may hold characters beyond U+FFFF; without any the position is the offset. Else the cost is O(text).</param>
    public static int ToOffset(Sequence text, int position, bool mayBeAstral)
    {
        if (!mayBeAstral)
        {
            return position <= text.Length ? position : -1;
        }

        Span<char> chunk = stackalloc char[256];
        char[]? large = text.Length > chunk.Length ? new char[Chunk] : null;
        chunk = large ?? chunk;
        int left = position;
        for (int offset = 0; offset < text.Length; offset += chunk.Length)
        {
            Span<char> read = chunk[..Math.Min(chunk.Length, text.Length - offset)];
            text.CopyTo(offset, read);
            if (!read.ContainsAnyInRange('\uD800', '\uDFFF'))
            {
                if (left <= read.Length)
                {
                    return offset + left;
                }

                left -= read.Length;
                continue;
            }

            for (int i = 0; i < read.Length; i++)
            {
                if (left == 0 && !char.IsLowSurrogate(read[i]))
                {
                    return offset + i;
                }

                left -= char.IsLowSurrogate(read[i]) ? 0 : 1; // a pair counts once, by its first half
            }
        }

        return left == 0 ? text.Length : -1;
    }
}
