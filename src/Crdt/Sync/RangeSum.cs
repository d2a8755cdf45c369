using System.Buffers.Binary;
using System.Security.Cryptography;
using P2P.Core.Multiformats;

namespace P2P.Crdt.Sync;

/// <summary>A sum of hashes modulo 2²⁵⁶: what range fingerprints are made of. The order of the summands does not matter.</summary>
/// <param name="High">Upper 128 bits.</param>
/// <param name="Low">Lower 128 bits.</param>
internal readonly record struct RangeSum(UInt128 High, UInt128 Low)
{
    /// <summary>The hash of one CID under the session's nonces, which keep authors from grinding CIDs that cancel.</summary>
    /// <param name="nonces">Opener's nonce, then the other's.</param>
    /// <param name="cid">The event.</param>
    public static RangeSum Of(ReadOnlySpan<byte> nonces, Cid cid)
    {
        Span<byte> input = stackalloc byte[(2 * SyncProtocol.NonceBytes) + Events.EventLimits.LinkBytes];
        nonces.CopyTo(input);
        cid.Bytes.CopyTo(input[nonces.Length..]);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(input, hash);
        return new RangeSum(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }

    public static RangeSum operator +(RangeSum left, RangeSum right)
    {
        UInt128 low = unchecked(left.Low + right.Low);
        return new RangeSum(unchecked(left.High + right.High + (low < left.Low ? UInt128.One : UInt128.Zero)), low);
    }

    public static RangeSum operator -(RangeSum left, RangeSum right) =>
        new(unchecked(left.High - right.High - (left.Low < right.Low ? UInt128.One : UInt128.Zero)), unchecked(left.Low - right.Low));

    /// <summary>First 16 bytes of SHA-256(sum ‖ count).</summary>
    public UInt128 Fingerprint(ulong count)
    {
        Span<byte> input = stackalloc byte[40];
        BinaryPrimitives.WriteUInt128BigEndian(input, High);
        BinaryPrimitives.WriteUInt128BigEndian(input[16..], Low);
        BinaryPrimitives.WriteUInt64BigEndian(input[32..], count);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(input, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
