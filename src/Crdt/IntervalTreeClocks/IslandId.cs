using System.Buffers.Binary;
using System.Security.Cryptography;
using P2P.Core.Identity;
using P2P.Core.Runtime;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Name of an island: a causality domain that a replica opened because it could reach nobody. <c>default</c> is none.</summary>
/// <param name="High">First 16 bytes, big endian.</param>
/// <param name="Low">Last 16 bytes.</param>
public readonly record struct IslandId(UInt128 High, UInt128 Low) : IComparable<IslandId>
{
    /// <summary>Length in bytes.</summary>
    public const int BytesCount = 32;

    private const int SaltBytes = 16;

    /// <summary>A new name: SHA-256 of the peer id and 16 random bytes, so that two islands of one peer differ.</summary>
    /// <param name="opener">Who opens it.</param>
    /// <param name="chance">Source of the random bytes.</param>
    public static IslandId Create(PeerId opener, IChance chance)
    {
        byte[] preimage = new byte[opener.Bytes.Length + SaltBytes];
        opener.Bytes.CopyTo(preimage);
        chance.Fill(preimage.AsSpan(opener.Bytes.Length));
        return Read(SHA256.HashData(preimage));
    }

    /// <summary>Reads exactly 32 bytes.</summary>
    /// <param name="source">At least 32 bytes.</param>
    public static IslandId Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(source), BinaryPrimitives.ReadUInt128BigEndian(source[16..]));

    /// <summary>Writes 32 bytes.</summary>
    /// <param name="destination">At least 32 bytes.</param>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt128BigEndian(destination, High);
        BinaryPrimitives.WriteUInt128BigEndian(destination[16..], Low);
    }

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => $"{High:x32}{Low:x32}";

    /// <inheritdoc/>
    public int CompareTo(IslandId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);
}
