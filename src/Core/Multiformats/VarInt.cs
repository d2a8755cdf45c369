using System.Buffers;

namespace P2P.Core.Multiformats;

/// <summary>Unsigned LEB128 as multiformats restrict it: at most 9 bytes (63 bits), shortest form only.</summary>
/// <remarks>Spec: multiformats unsigned-varint. Static and thread-safe; allocates nothing.</remarks>
public static class VarInt
{
    /// <summary>Longest encoding in bytes.</summary>
    public const int BytesMax = 9;

    /// <summary>Reads one number from the start of <paramref name="source"/>.</summary>
    /// <param name="source">Bytes, trailing data allowed.</param>
    /// <param name="value">The number, 0 unless <see cref="OperationStatus.Done"/>.</param>
    /// <param name="consumed">Bytes used, 0 unless <see cref="OperationStatus.Done"/>.</param>
    /// <returns>
    /// <see cref="OperationStatus.NeedMoreData"/> when the number is cut off,
    /// <see cref="OperationStatus.InvalidData"/> when it is longer than 9 bytes or not minimal.
    /// </returns>
    public static OperationStatus TryRead(ReadOnlySpan<byte> source, out ulong value, out int consumed)
    {
        ulong result = 0;
        for (int i = 0; i < BytesMax; i++)
        {
            if (i >= source.Length)
            {
                (value, consumed) = (0, 0);
                return OperationStatus.NeedMoreData;
            }

            byte b = source[i];
            result |= (ulong)(b & 0x7f) << (7 * i);
            if (b < 0x80)
            {
                if (b == 0 && i > 0)
                {
                    break; // 0x80 0x00: a longer spelling of a shorter number
                }

                (value, consumed) = (result, i + 1);
                return OperationStatus.Done;
            }
        }

        (value, consumed) = (0, 0);
        return OperationStatus.InvalidData;
    }

    /// <summary>Writes <paramref name="value"/> in shortest form.</summary>
    /// <param name="destination">At least <see cref="SizeOf"/> bytes.</param>
    /// <param name="value">Below 2^63.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The value needs more than 63 bits.</exception>
    public static int Write(Span<byte> destination, ulong value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, (ulong)long.MaxValue);
        int i = 0;
        while (value >= 0x80)
        {
            destination[i++] = (byte)((value & 0x7f) | 0x80);
            value >>= 7;
        }

        destination[i++] = (byte)value;
        return i;
    }

    /// <summary>Bytes that <see cref="Write"/> needs for <paramref name="value"/>: 1 to 9.</summary>
    /// <param name="value">Below 2^63.</param>
    public static int SizeOf(ulong value)
    {
        int size = 1;
        while (value >= 0x80)
        {
            value >>= 7;
            size++;
        }

        return size;
    }
}
