using System.Buffers;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Bits, most significant first, into pooled bytes that grow.</summary>
internal ref struct BitWriter
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(256);
    private int _bits;

    public BitWriter() => _bytes.AsSpan().Clear();

    /// <summary>What was written, the last byte padded with zeros.</summary>
    public readonly ReadOnlySpan<byte> Written => _bytes.AsSpan(0, (_bits + 7) / 8);

    /// <summary>How many bits were written.</summary>
    public readonly int BitCount => _bits;

    public void Write(ulong value, int count)
    {
        if (_bits + count > _bytes.Length * 8)
        {
            Grow();
        }

        for (int i = count - 1; i >= 0; i--, _bits++)
        {
            _bytes[_bits / 8] |= (byte)((int)((value >> i) & 1) << (7 - (_bits % 8)));
        }
    }

    /// <summary>A counter: 1, then as many ones as the width exceeds two, a zero, and the rest in that width.</summary>
    public void WriteCounter(long counter)
    {
        Write(1, 1);
        ulong rest = (ulong)counter;
        int width = 2;
        while (rest >= 1UL << width)
        {
            rest -= 1UL << width++;
            Write(1, 1);
        }

        Write(0, 1);
        Write(rest, width);
    }

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
        larger.AsSpan(_bytes.Length).Clear();
        _bytes.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
