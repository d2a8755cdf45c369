namespace P2P.Core.Identity;

/// <summary>The protobuf around key data. One byte form per key, because the bytes are hashed into peer ids.</summary>
/// <remarks>
/// Spec: libp2p peer ids, "Keys". Stricter than go, which takes any protobuf and encodes it anew: here anything but the deterministic
/// bytes is refused, so no key has two spellings. No known stack sends another spelling.
/// </remarks>
internal static class KeyWire
{
    /// <summary>Longest public key read: RSA-4096 takes 556 bytes.</summary>
    public const int PublicBytesMax = 640;

    /// <summary>Longest private key read: RSA-4096 takes about 2,360 bytes.</summary>
    public const int PrivateBytesMax = 2560;

    /// <summary>Splits a key message.</summary>
    /// <param name="source">All bytes.</param>
    /// <param name="bytesMax">Limit.</param>
    /// <param name="type">The kind.</param>
    /// <param name="data">Key data, a slice.</param>
    public static KeyRefusal Read(ReadOnlySpan<byte> source, int bytesMax, out KeyType type, out ReadOnlySpan<byte> data)
    {
        type = KeyType.None;
        data = default;
        if (source.Length > bytesMax)
        {
            return KeyRefusal.TooLong;
        }

        // 08 type 12 length(1 or 2 bytes) data
        if (source.Length < 4 || source[0] != 0x08 || source[1] > 0x7f || source[2] != 0x12)
        {
            return KeyRefusal.NotCanonicalProtobuf;
        }

        if (source[1] > 3)
        {
            return KeyRefusal.UnknownType;
        }

        int length = source[3];
        int head = 4;
        if (length > 0x7f)
        {
            // Two bytes suffice for every length below the limits; a zero second byte would be a longer spelling of a short length.
            if (source.Length < 5 || source[4] is 0 or > 0x7f)
            {
                return KeyRefusal.NotCanonicalProtobuf;
            }

            length = (length & 0x7f) | (source[4] << 7);
            head = 5;
        }

        if (length != source.Length - head)
        {
            return KeyRefusal.NotCanonicalProtobuf;
        }

        type = (KeyType)(source[1] + 1);
        data = source[head..];
        return KeyRefusal.None;
    }

    /// <summary>Bytes in front of the data.</summary>
    /// <param name="dataLength">Length of the data.</param>
    public static int HeadBytes(int dataLength) => dataLength > 0x7f ? 5 : 4;

    /// <summary>Writes a key message.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="data">Key data.</param>
    /// <param name="destination">Exactly head and data.</param>
    public static void Write(KeyType type, ReadOnlySpan<byte> data, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, 0x3fff);
        int head = HeadBytes(data.Length);
        destination[0] = 0x08;
        destination[1] = (byte)((int)type - 1); // written also when it is 0 (RSA): proto2
        destination[2] = 0x12;
        destination[3] = (byte)(head == 4 ? data.Length : (data.Length & 0x7f) | 0x80);
        if (head == 5)
        {
            destination[4] = (byte)(data.Length >> 7);
        }

        data.CopyTo(destination[head..]);
    }
}
