namespace P2P.Crdt.HashSeq;

/// <summary>A section of a snapshot under construction.</summary>
internal sealed class ColumnWriter
{
    private byte[] _bytes = new byte[64];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Byte(int value) => Grow(1)[0] = (byte)value;

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Grow(value.Length));

    public void Number(int value) => Wide((ulong)value);

    /// <summary>Small numbers of either sign are short.</summary>
    public void Signed(int value) => Wide(unchecked((uint)((value << 1) ^ (value >> 31))));

    /// <summary>The same for all of 64 bits.</summary>
    public void SignedWide(long value) => Wide(unchecked((ulong)((value << 1) ^ (value >> 63))));

    /// <summary>Groups of seven bits, the lowest first.</summary>
    public void Wide(ulong value)
    {
        while (value > 0x7F)
        {
            Byte((int)(value & 0x7F) | 0x80);
            value >>= 7;
        }

        Byte((int)value);
    }

    private Span<byte> Grow(int count)
    {
        if (Length + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(Length + count, _bytes.Length * 2));
        }

        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }
}
