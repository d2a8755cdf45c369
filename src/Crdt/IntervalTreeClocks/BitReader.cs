namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Bits, most significant first, of hostile bytes. Never throws.</summary>
/// <param name="source">What was received.</param>
internal ref struct BitReader(ReadOnlySpan<byte> source)
{
    /// <summary>Ones of a counter's width beyond two: 61 of them make 63 bits, which hold every counter.</summary>
    private const int WidthMax = 63;

    private readonly ReadOnlySpan<byte> _source = source;
    private int _at;

    public readonly int BytesRead => (_at + 7) / 8;

    public bool TryRead(int count, out ulong value)
    {
        value = 0;
        if (count > (_source.Length * 8) - _at)
        {
            return false;
        }

        for (int i = 0; i < count; i++, _at++)
        {
            value = (value << 1) | (uint)((_source[_at / 8] >> (7 - (_at % 8))) & 1);
        }

        return true;
    }

    /// <summary>A counter behind its leading 1.</summary>
    public StampRefusal TryReadCounter(out long counter)
    {
        counter = 0;
        int width = 2;
        while (TryRead(1, out ulong bit) && bit == 1)
        {
            if (++width > WidthMax)
            {
                return StampRefusal.CounterTooLarge;
            }
        }

        if (!TryRead(width, out ulong rest))
        {
            return StampRefusal.Truncated;
        }

        // All shorter widths together count 2^width - 4 values.
        ulong value = (1UL << width) - 4 + rest;
        counter = (long)Math.Min(value, long.MaxValue);
        return value > long.MaxValue ? StampRefusal.CounterTooLarge : StampRefusal.None;
    }

    /// <summary>Whether the rest of the last byte is zero; reads it.</summary>
    public bool HasZeroPadding() => TryRead((8 - (_at % 8)) % 8, out ulong padding) && padding == 0;
}
