using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Core.Encoding;

/// <summary>
/// Writes DAG-CBOR in shortest forms into a growing buffer that it owns. The caller writes as many items as it announces, and map
/// keys in the order of <see cref="DagCbor.CompareKeys"/>; <see cref="AssertCanonical"/> proves both.
/// </summary>
/// <remarks>Spec: DAG-CBOR. Not thread-safe. Allocates only while the buffer grows: keep a writer and <see cref="Clear"/> it.</remarks>
public sealed class DagCborWriter
{
    private byte[] _buffer;
    private int _length;

    /// <summary>Creates an empty writer.</summary>
    /// <param name="capacityBytes">First allocation.</param>
    public DagCborWriter(int capacityBytes = 512) => _buffer = new byte[Math.Max(16, capacityBytes)];

    /// <summary>What was written; valid until the next write or <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <summary>What was written; valid until the next write or <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    /// <summary>Bytes written.</summary>
    public int Length => _length;

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Clear() => _length = 0;

    /// <summary>A copy of what was written.</summary>
    public byte[] ToArray() => WrittenSpan.ToArray();

    /// <summary>Checks that what was written is one canonical item.</summary>
    /// <param name="options">Limits, <see cref="DagCborOptions.Default"/> when null.</param>
    /// <exception cref="InvalidOperationException">It is not: a bug of the caller, for example keys out of order.</exception>
    public void AssertCanonical(DagCborOptions? options = null)
    {
        DagCborStatus status = DagCbor.Validate(WrittenSpan, options);
        if (status != DagCborStatus.Valid)
        {
            throw new InvalidOperationException($"Not canonical DAG-CBOR: {status}.");
        }
    }

    /// <summary>Starts a map of <paramref name="count"/> keys, each followed by a value.</summary>
    /// <param name="count">0 or more.</param>
    public void WriteMapStart(int count) => WriteHead(0xa0, checked((ulong)count));

    /// <summary>Starts an array of <paramref name="count"/> items.</summary>
    /// <param name="count">0 or more.</param>
    public void WriteArrayStart(int count) => WriteHead(0x80, checked((ulong)count));

    /// <summary>Text, a map key too.</summary>
    /// <param name="utf8">Valid UTF-8.</param>
    public void WriteText(ReadOnlySpan<byte> utf8)
    {
        WriteContent(0x60, utf8);
    }

    /// <summary>Text, a map key too.</summary>
    /// <param name="text">Without lone surrogates.</param>
    /// <exception cref="ArgumentException">The text has no UTF-8 form.</exception>
    public void WriteText(ReadOnlySpan<char> text)
    {
        int count = s_utf8.GetByteCount(text);
        WriteHead(0x60, (ulong)count);
        s_utf8.GetBytes(text, Grow(count));
    }

    /// <summary>Bytes.</summary>
    /// <param name="value">Any.</param>
    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteContent(0x40, value);
    }

    /// <summary>An integer of 0 or more.</summary>
    /// <param name="value">Any.</param>
    public void WriteUInt(ulong value) => WriteHead(0x00, value);

    /// <summary>An integer.</summary>
    /// <param name="value">Any.</param>
    public void WriteInt(long value)
    {
        if (value >= 0)
        {
            WriteHead(0x00, (ulong)value);
        }
        else
        {
            WriteHead(0x20, (ulong)(-1 - value));
        }
    }

    /// <summary>True or false.</summary>
    /// <param name="value">Which.</param>
    public void WriteBool(bool value) => Grow(1)[0] = value ? (byte)0xf5 : (byte)0xf4;

    /// <summary>Null.</summary>
    public void WriteNull() => Grow(1)[0] = 0xf6;

    /// <summary>A 64-bit float.</summary>
    /// <param name="value">Finite; negative zero is refused.</param>
    /// <exception cref="ArgumentOutOfRangeException">NaN, an infinity or negative zero.</exception>
    public void WriteFloat(double value)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        if (!double.IsFinite(value) || bits == 1UL << 63)
        {
            throw new ArgumentOutOfRangeException(nameof(value), "DAG-CBOR has no such number.");
        }

        Span<byte> span = Grow(9);
        span[0] = 0xfb;
        BinaryPrimitives.WriteUInt64BigEndian(span[1..], bits);
    }

    /// <summary>A link.</summary>
    /// <param name="cid">Not none.</param>
    public void WriteCid(Cid cid)
    {
        Invariant.Check(!cid.IsNone, "a link names something");
        WriteCidBytes(cid.Bytes);
    }

    /// <summary>A link from the binary form of a CID.</summary>
    /// <param name="cid">A valid binary CID.</param>
    public void WriteCidBytes(ReadOnlySpan<byte> cid)
    {
        if (cid.Length is < 23 or > 254)
        {
            WriteHead(0xc0, 42);
            WriteHead(0x40, (ulong)cid.Length + 1);
            Grow(1)[0] = 0;
            WriteRaw(cid);
            return;
        }

        Span<byte> span = Grow(cid.Length + 5);
        BinaryPrimitives.WriteUInt32BigEndian(span, 0xd82a_5800u | (uint)(cid.Length + 1));
        span[4] = 0;
        cid.CopyTo(span[5..]);
    }

    /// <summary>Items that are already encoded.</summary>
    /// <param name="encoded">Canonical bytes of whole items.</param>
    public void WriteRaw(ReadOnlySpan<byte> encoded) => encoded.CopyTo(Grow(encoded.Length));

    private static readonly System.Text.UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private void WriteContent(byte major, ReadOnlySpan<byte> content)
    {
        if (content.Length >= 24)
        {
            WriteHead(major, (ulong)content.Length);
            WriteRaw(content);
            return;
        }

        Span<byte> span = Grow(content.Length + 1);
        span[0] = (byte)(major | content.Length);
        content.CopyTo(span[1..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void WriteHead(byte major, ulong number)
    {
        if (number < 24 && (uint)_length < (uint)_buffer.Length)
        {
            _buffer[_length++] = (byte)(major | (byte)number);
        }
        else
        {
            WriteLongHead(major, number);
        }
    }

    private void WriteLongHead(byte major, ulong number)
    {
        if (number < 24)
        {
            Grow(1)[0] = (byte)(major | (byte)number);
        }
        else if (number <= byte.MaxValue)
        {
            Span<byte> span = Grow(2);
            span[1] = (byte)number;
            span[0] = (byte)(major | 24);
        }
        else if (number <= ushort.MaxValue)
        {
            Span<byte> span = Grow(3);
            span[0] = (byte)(major | 25);
            BinaryPrimitives.WriteUInt16BigEndian(span[1..], (ushort)number);
        }
        else if (number <= uint.MaxValue)
        {
            Span<byte> span = Grow(5);
            span[0] = (byte)(major | 26);
            BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)number);
        }
        else
        {
            Span<byte> span = Grow(9);
            span[0] = (byte)(major | 27);
            BinaryPrimitives.WriteUInt64BigEndian(span[1..], number);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Grow(int count)
    {
        int at = _length;
        if (_buffer.Length - at < count)
        {
            Enlarge(count);
        }

        _length = at + count;
        return _buffer.AsSpan(at, count);
    }

    private void Enlarge(int count) =>
        Array.Resize(ref _buffer, Math.Max(_length + count, (int)Math.Min(Array.MaxLength, _buffer.Length * 2L)));
}
