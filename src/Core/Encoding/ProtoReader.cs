using System.Buffers;
using System.Buffers.Binary;
using P2P.Core.Multiformats;

namespace P2P.Core.Encoding;

/// <summary>
/// Reads protobuf fields from a span without allocating and without ever throwing on input. After the loop over
/// <see cref="TryReadField"/> ends, <see cref="Failed"/> tells a clean end from malformed bytes.
/// </summary>
/// <remarks>Spec: protobuf encoding. Varints of 10 bytes are read here (negative int32), unlike in multiformats. Groups are refused.</remarks>
/// <param name="source">One whole message.</param>
public ref struct ProtoReader(ReadOnlySpan<byte> source)
{
    private ReadOnlySpan<byte> _rest = source;

    /// <summary>Number of the current field, 1 or more.</summary>
    public int Field { get; private set; }

    /// <summary>Wire type of the current field.</summary>
    public ProtoWireType WireType { get; private set; }

    /// <summary>Value of a varint or fixed-width field; 0 for bytes.</summary>
    public ulong Value { get; private set; }

    /// <summary>Content of a length-delimited field; a slice of the source.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Whether malformed bytes were met.</summary>
    public bool Failed { get; private set; }

    /// <summary>Whether the current field is <paramref name="field"/> with length-delimited content.</summary>
    /// <param name="field">Field number.</param>
    public readonly bool IsBytes(int field) => Field == field && WireType == ProtoWireType.Bytes;

    /// <summary>Whether the current field is <paramref name="field"/> with a varint.</summary>
    /// <param name="field">Field number.</param>
    public readonly bool IsVarint(int field) => Field == field && WireType == ProtoWireType.Varint;

    /// <summary>Advances to the next field, skipping nothing.</summary>
    /// <returns>False at the end and on malformed bytes; see <see cref="Failed"/>.</returns>
    public bool TryReadField()
    {
        if (Failed || _rest.IsEmpty)
        {
            return false;
        }

        if (!TryReadVarint(out ulong tag) || tag >> 3 is 0 or > 0x1fff_ffff)
        {
            return Fail();
        }

        Field = (int)(tag >> 3);
        Value = 0;
        Bytes = default;
        switch (tag & 7)
        {
            case 0:
                WireType = ProtoWireType.Varint;
                return TryReadVarint(out ulong value) ? Succeed(value) : Fail();
            case 1 when _rest.Length >= 8:
                WireType = ProtoWireType.Fixed64;
                ulong wide = BinaryPrimitives.ReadUInt64LittleEndian(_rest);
                _rest = _rest[8..];
                return Succeed(wide);
            case 2:
                WireType = ProtoWireType.Bytes;
                return TryReadBytes() || Fail();
            case 5 when _rest.Length >= 4:
                WireType = ProtoWireType.Fixed32;
                uint narrow = BinaryPrimitives.ReadUInt32LittleEndian(_rest);
                _rest = _rest[4..];
                return Succeed(narrow);
            default:
                return Fail();
        }
    }

    /// <summary>
    /// Counts the fields of number <paramref name="field"/> on the raw bytes, so that a caller can refuse by count before it builds objects.
    /// </summary>
    /// <param name="message">One whole message.</param>
    /// <param name="field">Field number.</param>
    /// <param name="count">How many.</param>
    /// <returns>False when the bytes are malformed.</returns>
    public static bool TryCount(ReadOnlySpan<byte> message, int field, out int count)
    {
        ProtoReader reader = new(message);
        count = 0;
        while (reader.TryReadField())
        {
            count += reader.Field == field ? 1 : 0;
        }

        return !reader.Failed;
    }

    /// <summary>Reads a varint length prefix and the message behind it from a stream buffer.</summary>
    /// <param name="source">Bytes received so far.</param>
    /// <param name="bytesMax">Longer messages are refused before anything is allocated.</param>
    /// <param name="message">The message, a slice of the source.</param>
    /// <param name="consumed">Prefix and message.</param>
    /// <returns><see cref="OperationStatus.NeedMoreData"/>, <see cref="OperationStatus.Done"/> or <see cref="OperationStatus.InvalidData"/>.</returns>
    public static OperationStatus TryReadDelimited(ReadOnlySpan<byte> source, int bytesMax, out ReadOnlySpan<byte> message, out int consumed)
    {
        message = default;
        consumed = 0;
        OperationStatus status = VarInt.TryRead(source, out ulong length, out int prefix);
        if (status != OperationStatus.Done)
        {
            return status;
        }

        if (length > (ulong)bytesMax)
        {
            return OperationStatus.InvalidData;
        }

        if ((ulong)(source.Length - prefix) < length)
        {
            return OperationStatus.NeedMoreData;
        }

        message = source.Slice(prefix, (int)length);
        consumed = prefix + (int)length;
        return OperationStatus.Done;
    }

    private bool TryReadBytes()
    {
        if (!TryReadVarint(out ulong length) || length > (ulong)_rest.Length)
        {
            return false;
        }

        Bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }

    private bool TryReadVarint(out ulong value)
    {
        value = 0;
        int count = Math.Min(10, _rest.Length);
        for (int i = 0; i < count; i++)
        {
            byte b = _rest[i];
            if (i == 9 && b > 1)
            {
                return false;
            }

            value |= (ulong)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private bool Succeed(ulong value)
    {
        Value = value;
        return true;
    }

    private bool Fail()
    {
        Failed = true;
        return false;
    }
}
