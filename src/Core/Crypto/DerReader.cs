namespace P2P.Core.Crypto;

/// <summary>
/// Reads strict DER from a span: one spelling per value, every length compared with what is there before it is used. It allocates
/// nothing and consumes at least two bytes per call, so a length that claims 2^32 ends the reading and cannot loop.
/// </summary>
/// <remarks>Spec: X.690, DER. Lengths above 65,535 are refused: no key is that long. Why: CVE-2026-110789.</remarks>
/// <param name="source">The bytes.</param>
internal ref struct DerReader(ReadOnlySpan<byte> source)
{
    public const byte Integer = 0x02;
    public const byte BitString = 0x03;
    public const byte OctetString = 0x04;
    public const byte Null = 0x05;
    public const byte ObjectId = 0x06;
    public const byte Sequence = 0x30;
    public const byte Context0 = 0xa0;
    public const byte Context1 = 0xa1;

    private ReadOnlySpan<byte> _rest = source;

    /// <summary>Whether everything was read.</summary>
    public readonly bool IsEmpty => _rest.IsEmpty;

    /// <summary>The tag that comes next, 0 at the end.</summary>
    public readonly byte NextTag => _rest.IsEmpty ? (byte)0 : _rest[0];

    /// <summary>Reads one element.</summary>
    /// <param name="tag">The tag that must come.</param>
    /// <param name="content">Its content, a slice.</param>
    public bool TryRead(byte tag, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (_rest.Length < 2 || _rest[0] != tag)
        {
            return false;
        }

        int length = _rest[1];
        int head = 2;
        if (length >= 0x80)
        {
            // Long form: 81 xx or 82 xx xx, only when the short form does not reach. 80 is the indefinite length of BER.
            int count = length & 0x7f;
            if (count is 0 or > 2 || _rest.Length < 2 + count)
            {
                return false;
            }

            length = count == 1 ? _rest[2] : (_rest[2] << 8) | _rest[3];
            head += count;
            if (length < (count == 1 ? 0x80 : 0x100))
            {
                return false;
            }
        }

        if (length > _rest.Length - head)
        {
            return false;
        }

        content = _rest.Slice(head, length);
        _rest = _rest[(head + length)..];
        return true;
    }

    /// <summary>Reads a positive or zero integer.</summary>
    /// <param name="magnitude">Big endian without leading zeros; empty for 0.</param>
    public bool TryReadUnsigned(out ReadOnlySpan<byte> magnitude)
    {
        if (!TryRead(Integer, out magnitude) || magnitude.IsEmpty || magnitude[0] >= 0x80)
        {
            return false;
        }

        if (magnitude[0] == 0)
        {
            magnitude = magnitude[1..];
            return magnitude.IsEmpty || magnitude[0] >= 0x80;
        }

        return true;
    }

    /// <summary>Reads a bit string of whole bytes.</summary>
    /// <param name="content">The bytes.</param>
    public bool TryReadBits(out ReadOnlySpan<byte> content)
    {
        if (!TryRead(BitString, out content) || content.IsEmpty || content[0] != 0)
        {
            return false;
        }

        content = content[1..];
        return true;
    }

    /// <summary>Reads an element that must be exactly the given bytes.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="expected">The content.</param>
    public bool TryReadExactly(byte tag, ReadOnlySpan<byte> expected) =>
        TryRead(tag, out ReadOnlySpan<byte> content) && content.SequenceEqual(expected);
}
