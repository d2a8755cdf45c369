using System.Buffers;
using System.Buffers.Binary;
using P2P.Core.Multiformats;

namespace P2P.Core.Encoding;

/// <summary>Writes protobuf fields in the order of the calls, shortest varints, into a growing buffer that it owns.</summary>
/// <remarks>Spec: protobuf encoding. Not thread-safe. Nested messages: write the child with a writer of its own, then <see cref="WriteBytes"/>.</remarks>
public sealed class ProtoWriter
{
    private readonly ArrayBufferWriter<byte> _buffer;

    /// <summary>Creates an empty writer.</summary>
    /// <param name="capacityBytes">First allocation.</param>
    public ProtoWriter(int capacityBytes = 256) => _buffer = new ArrayBufferWriter<byte>(capacityBytes);

    /// <summary>What was written; valid until the next write or <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.WrittenSpan;

    /// <summary>What was written; valid until the next write or <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.WrittenMemory;

    /// <summary>Bytes written.</summary>
    public int Length => _buffer.WrittenCount;

    /// <summary>Forgets what was written and keeps the buffer.</summary>
    public void Clear() => _buffer.ResetWrittenCount();

    /// <summary>A varint field, written also when it is 0.</summary>
    /// <param name="field">Field number.</param>
    /// <param name="value">The value.</param>
    public void WriteVarint(int field, ulong value)
    {
        WriteRawVarint((ulong)field << 3);
        WriteRawVarint(value);
    }

    /// <summary>A boolean field, written also when it is false.</summary>
    /// <param name="field">Field number.</param>
    /// <param name="value">The value.</param>
    public void WriteBool(int field, bool value) => WriteVarint(field, value ? 1UL : 0UL);

    /// <summary>A fixed 64-bit field, little endian.</summary>
    /// <param name="field">Field number.</param>
    /// <param name="value">The value.</param>
    public void WriteFixed64(int field, ulong value)
    {
        WriteRawVarint(((ulong)field << 3) | 1);
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    /// <summary>A length-delimited field, written also when it is empty.</summary>
    /// <param name="field">Field number.</param>
    /// <param name="value">Bytes of a string, message or byte field.</param>
    public void WriteBytes(int field, ReadOnlySpan<byte> value)
    {
        WriteRawVarint(((ulong)field << 3) | 2);
        WriteRawVarint((ulong)value.Length);
        WriteRaw(value);
    }

    /// <summary>A text field as UTF-8.</summary>
    /// <param name="field">Field number.</param>
    /// <param name="value">The text.</param>
    public void WriteString(int field, string value)
    {
        int count = System.Text.Encoding.UTF8.GetByteCount(value);
        WriteRawVarint(((ulong)field << 3) | 2);
        WriteRawVarint((ulong)count);
        System.Text.Encoding.UTF8.GetBytes(value, _buffer.GetSpan(count));
        _buffer.Advance(count);
    }

    /// <summary>Bytes as they are.</summary>
    /// <param name="value">Any bytes.</param>
    public void WriteRaw(ReadOnlySpan<byte> value) => _buffer.Write(value);

    /// <summary>The written message behind its varint length, as a new array.</summary>
    public byte[] ToDelimited()
    {
        byte[] result = new byte[VarInt.SizeOf((ulong)Length) + Length];
        int at = VarInt.Write(result, (ulong)Length);
        WrittenSpan.CopyTo(result.AsSpan(at));
        return result;
    }

    /// <summary>A copy of the written message.</summary>
    public byte[] ToArray() => WrittenSpan.ToArray();

    private void WriteRawVarint(ulong value)
    {
        Span<byte> span = _buffer.GetSpan(10);
        int i = 0;
        while (value >= 0x80)
        {
            span[i++] = (byte)((value & 0x7f) | 0x80);
            value >>= 7;
        }

        span[i++] = (byte)value;
        _buffer.Advance(i);
    }
}
