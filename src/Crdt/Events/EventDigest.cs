using System.Buffers.Binary;
using P2P.Core.Crypto;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>A SHA2-256 digest by value: payload hashes and frontier hashes. <c>default</c> is none.</summary>
/// <param name="A">Bytes 0 to 7, big endian.</param>
/// <param name="B">Bytes 8 to 15.</param>
/// <param name="C">Bytes 16 to 23.</param>
/// <param name="D">Bytes 24 to 31.</param>
public readonly record struct EventDigest(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 32;

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => (A | B | C | D) == 0;

    /// <summary>Reads 32 bytes.</summary>
    /// <param name="source">Exactly 32 bytes.</param>
    public static EventDigest Read(ReadOnlySpan<byte> source)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, Bytes);
        return new EventDigest(
            BinaryPrimitives.ReadUInt64BigEndian(source),
            BinaryPrimitives.ReadUInt64BigEndian(source[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[24..]));
    }

    /// <summary>Hashes <paramref name="data"/>.</summary>
    /// <param name="data">Any bytes.</param>
    public static EventDigest Sha256(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        BlockSha256.Hash(data, hash);
        return Read(hash);
    }

    /// <summary>Writes 32 bytes.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, A);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], D);
    }

    /// <summary>A new array with the 32 bytes.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Bytes];
        Write(bytes);
        return bytes;
    }

    /// <summary>Keyed for the process: peers choose digests (<see cref="KeyedHash"/>).</summary>
    public override int GetHashCode() => KeyedHash.Of(A, B, C, D);

    /// <summary>Lower-case hexadecimal.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
