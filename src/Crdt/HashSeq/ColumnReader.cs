namespace P2P.Crdt.HashSeq;

/// <summary>Reads a section of a snapshot. Never throws: what is not there reads as 0 and is remembered.</summary>
internal sealed class ColumnReader(ReadOnlyMemory<byte> bytes)
{
    private readonly ReadOnlyMemory<byte> _bytes = bytes;
    private int _at;

    /// <summary>Something was read that was not there, or not in its shortest form.</summary>
    public bool Failed { get; private set; }

    public int Left => _bytes.Length - _at;

    /// <summary>Whether everything was read and was right.</summary>
    public bool IsDone => !Failed && Left == 0;

    public int Byte() => Left > 0 ? _bytes.Span[_at++] : Fail();

    public ReadOnlyMemory<byte> Bytes(int count)
    {
        if (count < 0 || count > Left)
        {
            Fail();
            return default;
        }

        _at += count;
        return _bytes.Slice(_at - count, count);
    }

    /// <summary>A number of at most 31 bits.</summary>
    public int Number()
    {
        ulong value = Wide();
        return value <= int.MaxValue ? (int)value : Fail();
    }

    /// <summary>How many of something follow: never more than there are bytes to say so.</summary>
    public int Count(ColumnReader of)
    {
        int count = Number();
        return count <= of.Left ? count : Fail();
    }

    public int Signed()
    {
        ulong value = Wide();
        return value <= uint.MaxValue ? (int)(uint)(value >> 1) ^ -(int)(value & 1) : Fail();
    }

    public long SignedWide()
    {
        ulong value = Wide();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public ulong Wide()
    {
        ReadOnlySpan<byte> rest = _bytes.Span[_at..];
        ulong value = 0;
        for (int i = 0; i < rest.Length && i < 10; i++)
        {
            byte next = rest[i];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next <= 0x7F)
            {
                _at += i + 1;
                bool isShortest = (i == 0 || next != 0) && (i < 9 || next == 1);
                return isShortest ? value : (ulong)Fail();
            }
        }

        return (ulong)Fail();
    }

    private int Fail()
    {
        Failed = true;
        return 0;
    }
}
