using System.Buffers.Binary;

namespace P2P.Transport.Yamux;

/// <summary>A frame's header; 12 bytes, big endian: <c>version u8 ‖ type u8 ‖ flags u16 ‖ stream u32 ‖ length u32</c>.</summary>
/// <param name="Type">Which kind.</param>
/// <param name="Flags">Flags.</param>
/// <param name="StreamId">0 for the session.</param>
/// <param name="Length">Body bytes of Data; credit, opaque value or code otherwise. Unsigned, from the wire: compare before use.</param>
internal readonly record struct YamuxFrame(YamuxFrameType Type, YamuxFlags Flags, uint StreamId, uint Length)
{
    public const int HeaderBytes = 12;

    /// <summary>Body bytes that follow the header.</summary>
    public uint BodyBytes => Type == YamuxFrameType.Data ? Length : 0;

    /// <summary>Reads a header.</summary>
    /// <param name="source">At least 12 bytes.</param>
    /// <param name="frame">The header.</param>
    /// <returns><see cref="YamuxRefusal.None"/>, or why it is none.</returns>
    public static YamuxRefusal TryRead(ReadOnlySpan<byte> source, out YamuxFrame frame)
    {
        frame = default;
        if (source[0] != 0)
        {
            return YamuxRefusal.Version;
        }

        if (source[1] > 3)
        {
            return YamuxRefusal.FrameType;
        }

        frame = new YamuxFrame(
            (YamuxFrameType)(source[1] + 1),
            (YamuxFlags)BinaryPrimitives.ReadUInt16BigEndian(source[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(source[8..]));
        return YamuxRefusal.None;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="destination">At least 12 bytes.</param>
    public void Write(Span<byte> destination)
    {
        destination[0] = 0;
        destination[1] = (byte)((int)Type - 1);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)Flags);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StreamId);
        BinaryPrimitives.WriteUInt32BigEndian(destination[8..], Length);
    }
}
