using System.Buffers;
using System.Security.Cryptography;
using P2P.Core.Crypto;

namespace P2P.Core.Multiformats;

/// <summary>A self-describing digest: uvarint code, uvarint length, digest. Immutable; compares by bytes.</summary>
/// <remarks>Spec: multiformats multihash. <c>default</c> holds no bytes and equals nothing valid.</remarks>
public readonly struct Multihash : IEquatable<Multihash>, IComparable<Multihash>
{
    /// <summary>Longest digest accepted from anyone, in bytes.</summary>
    public const int DigestBytesMax = 128;

    /// <summary>Code of the identity "hash".</summary>
    public const ulong IdentityCode = 0x00;

    /// <summary>Code of SHA2-256.</summary>
    public const ulong Sha256Code = 0x12;

    /// <summary>Code of SHA2-512.</summary>
    public const ulong Sha512Code = 0x13;

    /// <summary>Code of BLAKE3.</summary>
    public const ulong Blake3Code = 0x1e;

    private const int DigestComputedMax = 64;

    private readonly byte[]? _bytes;
    private readonly byte _digestStart;

    private Multihash(byte[] bytes, ulong code, int digestStart)
    {
        _bytes = bytes;
        Code = code;
        _digestStart = (byte)digestStart;
    }

    /// <summary>The multihash code, for example <see cref="Sha256Code"/>.</summary>
    public ulong Code { get; }

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => _bytes is null;

    /// <summary>The whole multihash, head included.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The whole multihash as memory. Do not write to the array behind it.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>The digest alone.</summary>
    public ReadOnlySpan<byte> Digest => _bytes.AsSpan(_bytes is null ? 0 : _digestStart);

    /// <summary>Wraps a digest that was computed here.</summary>
    /// <param name="code">Multihash code.</param>
    /// <param name="digest">At most <see cref="DigestBytesMax"/> bytes; copied.</param>
    public static Multihash FromDigest(ulong code, ReadOnlySpan<byte> digest)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(digest.Length, DigestBytesMax);
        int head = VarInt.SizeOf(code) + VarInt.SizeOf((ulong)digest.Length);
        byte[] bytes = new byte[head + digest.Length];
        int at = VarInt.Write(bytes, code);
        VarInt.Write(bytes.AsSpan(at), (ulong)digest.Length);
        digest.CopyTo(bytes.AsSpan(head));
        return new Multihash(bytes, code, head);
    }

    /// <summary>SHA2-256 of <paramref name="data"/>.</summary>
    /// <param name="data">Any bytes.</param>
    public static Multihash Sha256(ReadOnlySpan<byte> data)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(data, digest);
        return FromDigest(Sha256Code, digest);
    }

    /// <summary>The data itself as an identity multihash (small keys).</summary>
    /// <param name="data">At most <see cref="DigestBytesMax"/> bytes.</param>
    public static Multihash Identity(ReadOnlySpan<byte> data) => FromDigest(IdentityCode, data);

    /// <summary>Reads a multihash from the start of <paramref name="source"/>.</summary>
    /// <param name="source">Bytes, trailing data allowed.</param>
    /// <param name="value">The multihash (a copy), or <c>default</c>.</param>
    /// <param name="consumed">Bytes used.</param>
    /// <returns>Whether the bytes are a multihash with at most <see cref="DigestBytesMax"/> digest bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out Multihash value, out int consumed)
    {
        value = default;
        if (!TryMeasure(source, out ulong code, out int head, out consumed))
        {
            return false;
        }

        value = new Multihash(source[..consumed].ToArray(), code, head);
        return true;
    }

    /// <summary>As <see cref="TryRead"/>, without the copy.</summary>
    /// <param name="source">Bytes, trailing data allowed.</param>
    /// <param name="code">Multihash code.</param>
    /// <param name="head">Bytes in front of the digest.</param>
    /// <param name="consumed">Bytes used.</param>
    internal static bool TryMeasure(ReadOnlySpan<byte> source, out ulong code, out int head, out int consumed)
    {
        (head, consumed) = (0, 0);
        if (VarInt.TryRead(source, out code, out int codeBytes) != OperationStatus.Done
            || VarInt.TryRead(source[codeBytes..], out ulong length, out int lengthBytes) != OperationStatus.Done)
        {
            return false;
        }

        head = codeBytes + lengthBytes;
        if (length > DigestBytesMax || length > (ulong)(source.Length - head)
            || (length != 32 && code is Sha256Code))
        {
            return false;
        }

        consumed = head + (int)length;
        return true;
    }

    /// <summary>
    /// Whether <paramref name="data"/> hashes to this. False also when the code is one that cannot be computed here:
    /// only identity, SHA2-256, SHA2-512 and BLAKE3 with 32 bytes are.
    /// </summary>
    /// <param name="data">What was received.</param>
    public bool Verify(ReadOnlySpan<byte> data)
    {
        if (_bytes is not null && Code == IdentityCode)
        {
            return data.SequenceEqual(Digest);
        }

        Span<byte> digest = stackalloc byte[DigestComputedMax];
        int length = Compute(Code, data, digest);
        return length > 0 && digest[..length].SequenceEqual(Digest);
    }

    /// <summary>Hashes <paramref name="data"/> with the function of a code that came from a peer.</summary>
    /// <param name="code">Multihash code.</param>
    /// <param name="data">Any bytes.</param>
    /// <param name="value">The multihash.</param>
    /// <returns>False for a code that cannot be computed here, and for identity over more than <see cref="DigestBytesMax"/> bytes.</returns>
    public static bool TryCompute(ulong code, ReadOnlySpan<byte> data, out Multihash value)
    {
        value = default;
        if (code == IdentityCode)
        {
            bool small = data.Length <= DigestBytesMax;
            value = small ? Identity(data) : default;
            return small;
        }

        Span<byte> digest = stackalloc byte[DigestComputedMax];
        int length = Compute(code, data, digest);
        if (length > 0)
        {
            value = FromDigest(code, digest[..length]);
        }

        return length > 0;
    }

    private static int Compute(ulong code, ReadOnlySpan<byte> data, Span<byte> digest)
    {
        switch (code)
        {
            case Sha256Code:
                return SHA256.HashData(data, digest);
            case Sha512Code:
                return SHA512.HashData(data, digest);
            case Blake3Code:
                Blake3.Hash(data, digest[..Blake3.HashBytes]);
                return Blake3.HashBytes;
            default:
                return 0;
        }
    }

    /// <inheritdoc/>
    public bool Equals(Multihash other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Multihash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => KeyedHash.Of(Bytes);

    /// <summary>Orders by unsigned bytes, for sorting only.</summary>
    /// <param name="other">The other side.</param>
    public int CompareTo(Multihash other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>Base58btc text without a multibase prefix.</summary>
    public override string ToString() => Multibase.EncodeRaw(MultibaseEncoding.Base58Btc, Bytes);

    /// <summary>Byte equality.</summary>
    public static bool operator ==(Multihash left, Multihash right) => left.Equals(right);

    /// <summary>Byte inequality.</summary>
    public static bool operator !=(Multihash left, Multihash right) => !left.Equals(right);
}
