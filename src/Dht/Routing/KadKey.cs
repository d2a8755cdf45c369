using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Dht.Routing;

/// <summary>A point of the key space, or a distance in it: 256 bits as four words, the most significant first.</summary>
/// <remarks>Spec: libp2p-wire §14. Point = SHA2-256 of the key bytes (peer id multihash, content multihash, or value key).</remarks>
internal readonly record struct KadKey(ulong A, ulong B, ulong C, ulong D) : IComparable<KadKey>
{
    public const int Bits = 256;

    public static KadKey Max => new(ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, ulong.MaxValue);

    /// <summary>Leading zero bits: 256 for zero. Of a distance: how long a prefix the two ends share.</summary>
    public int LeadingZeros =>
        A != 0 ? BitOperations.LeadingZeroCount(A)
        : B != 0 ? 64 + BitOperations.LeadingZeroCount(B)
        : C != 0 ? 128 + BitOperations.LeadingZeroCount(C)
        : 192 + BitOperations.LeadingZeroCount(D);

    /// <summary>As a share of the whole key space, in [0, 1].</summary>
    public double Fraction => (A / 18446744073709551616.0) + (B / 18446744073709551616.0 / 18446744073709551616.0);

    public static KadKey Of(ReadOnlySpan<byte> keyBytes)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(keyBytes, digest);
        return FromDigest(digest);
    }

    public static KadKey Of(PeerId peer) => Of(peer.Bytes);

    public static KadKey FromDigest(ReadOnlySpan<byte> digest) => new(
        BinaryPrimitives.ReadUInt64BigEndian(digest),
        BinaryPrimitives.ReadUInt64BigEndian(digest[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(digest[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(digest[24..]));

    public KadKey DistanceTo(in KadKey other) => new(A ^ other.A, B ^ other.B, C ^ other.C, D ^ other.D);

    public int CommonPrefix(in KadKey other) => DistanceTo(other).LeadingZeros;

    public int CompareTo(KadKey other)
    {
        int order = A.CompareTo(other.A);
        order = order != 0 ? order : B.CompareTo(other.B);
        order = order != 0 ? order : C.CompareTo(other.C);
        return order != 0 ? order : D.CompareTo(other.D);
    }

    public bool IsBelow(in KadKey other) => CompareTo(other) < 0;

    // Seeded per process: peers grind ids, and equal leading digest bytes must not meet in one hash bucket (limits, T16).
    public override int GetHashCode() => KeyedHash.Of(A, B, C, D);
}
