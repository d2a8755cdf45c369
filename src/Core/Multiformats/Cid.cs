using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using P2P.Core.Crypto;

namespace P2P.Core.Multiformats;

/// <summary>A content identifier, version 0 or 1. Immutable; compares by its binary form. <c>default</c> is none.</summary>
/// <remarks>Spec: multiformats CID. Reading never throws; <see cref="Parse"/> is for text typed by people.</remarks>
public readonly struct Cid : IEquatable<Cid>, IComparable<Cid>
{
    /// <summary>Longest binary form accepted, in bytes.</summary>
    public const int BytesMax = Multihash.DigestBytesMax + 32;

    /// <summary>Codec "raw binary".</summary>
    public const ulong RawCodec = 0x55;

    /// <summary>Codec DAG-PB.</summary>
    public const ulong DagPbCodec = 0x70;

    /// <summary>Codec DAG-CBOR.</summary>
    public const ulong DagCborCodec = 0x71;

    /// <summary>Codec of peer ids written as CIDs.</summary>
    public const ulong Libp2pKeyCodec = 0x72;

    /// <summary>Length of version 1 with a one-byte codec and SHA2-256.</summary>
    private const int Sha256Bytes = 36;

    private const int Sha256Start = 4;

    // One word, whatever it names: tables and records hold names by the million, and all else stands in the bytes.
    private readonly byte[]? _bytes;

    private Cid(byte[] bytes) => _bytes = bytes;

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => _bytes is null;

    /// <summary>0 or 1.</summary>
    public int Version => _bytes is [1, ..] ? 1 : 0; // version 0 begins with the code of SHA2-256

    /// <summary>Multicodec of the content, for example <see cref="DagCborCodec"/>.</summary>
    public ulong Codec => ReadCodec(out _);

    /// <summary>Binary form.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Binary form as memory. Do not write to the array behind it.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>The multihash inside; allocates a copy.</summary>
    public Multihash Hash => Multihash.TryRead(HashBytes, out Multihash hash, out _) ? hash : default;

    /// <summary>The multihash inside, as bytes. DHT provider keys are these.</summary>
    public ReadOnlySpan<byte> HashBytes
    {
        get
        {
            _ = ReadCodec(out int hashStart);
            return _bytes.AsSpan(hashStart);
        }
    }

    /// <summary>Version 1 with the given codec and hash.</summary>
    /// <param name="codec">Multicodec of the content.</param>
    /// <param name="hash">Not none.</param>
    public static Cid V1(ulong codec, Multihash hash)
    {
        int head = 1 + VarInt.SizeOf(codec);
        byte[] bytes = new byte[head + hash.Bytes.Length];
        bytes[0] = 1;
        VarInt.Write(bytes.AsSpan(1), codec);
        hash.Bytes.CopyTo(bytes.AsSpan(head));
        return new Cid(bytes);
    }

    /// <summary>CID of a DAG-CBOR block: version 1, SHA2-256.</summary>
    /// <param name="block">The whole block.</param>
    public static Cid ForDagCbor(ReadOnlySpan<byte> block) => ForSha256(DagCborCodec, block);

    /// <summary>CID of a DAG-PB block: version 1, SHA2-256.</summary>
    /// <param name="block">The whole block.</param>
    public static Cid ForDagPb(ReadOnlySpan<byte> block) => ForSha256(DagPbCodec, block);

    /// <summary>CID of a raw block: version 1, SHA2-256.</summary>
    /// <param name="block">The whole block.</param>
    public static Cid ForRaw(ReadOnlySpan<byte> block) => ForSha256(RawCodec, block);

    /// <summary>Reads a binary CID from the start of <paramref name="source"/>.</summary>
    /// <param name="source">Bytes, trailing data allowed.</param>
    /// <param name="value">The CID (a copy), or <c>default</c>.</param>
    /// <param name="consumed">Bytes used.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out Cid value, out int consumed)
    {
        value = default;
        if (!TryMeasure(source, out consumed))
        {
            return false;
        }

        value = new Cid(source[..consumed].ToArray());
        return true;
    }

    /// <summary>Whether a binary CID stands at the start of <paramref name="source"/>, without copying it.</summary>
    /// <param name="source">Bytes, trailing data allowed.</param>
    /// <param name="consumed">Bytes used.</param>
    public static bool TryMeasure(ReadOnlySpan<byte> source, out int consumed)
    {
        consumed = 0;
        if (source.Length >= 34 && source[0] == 0x12 && source[1] == 0x20)
        {
            consumed = 34;
            return true;
        }

        if (source.Length < 4 || source[0] != 1
            || VarInt.TryRead(source[1..], out _, out int codecBytes) != OperationStatus.Done
            || !Multihash.TryMeasure(source[(1 + codecBytes)..], out _, out _, out int hashBytes))
        {
            return false;
        }

        consumed = 1 + codecBytes + hashBytes;
        return true;
    }

    /// <summary>Reads text: <c>Qm…</c> (version 0) or multibase (version 1).</summary>
    /// <param name="text">Text of any length; overlong text is refused.</param>
    /// <param name="value">The CID, or <c>default</c>.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Cid value)
    {
        value = default;
        if (text.Length == 46 && text.StartsWith("Qm"))
        {
            return Multibase.TryDecodeRaw(MultibaseEncoding.Base58Btc, text, BytesMax, out byte[] v0)
                && TryRead(v0, out value, out int used) && used == v0.Length && value.Version == 0;
        }

        // A multibase form of a version 0 CID is forbidden by the specification.
        return Multibase.TryDecode(text, BytesMax, out byte[] bytes, out _)
            && TryRead(bytes, out value, out int consumed) && consumed == bytes.Length && value.Version == 1;
    }

    /// <summary>As <see cref="TryParse"/>, for text typed by people.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is not a CID.</exception>
    public static Cid Parse(string text) =>
        TryParse(text, out Cid value) ? value : throw new FormatException("Not a CID: expected Qm… or a multibase form such as bafy….");

    /// <summary>Whether <paramref name="data"/> is the content this names; see <see cref="Multihash.Verify"/>.</summary>
    /// <param name="data">What was received.</param>
    public bool Verify(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> hash = HashBytes;
        if (hash is not [(byte)Multihash.Sha256Code, SHA256.HashSizeInBytes, ..])
        {
            return Hash.Verify(data);
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes]; // the usual one: every block read from a store comes by here
        BlockSha256.Hash(data, digest);
        return digest.SequenceEqual(hash[2..]);
    }

    private ulong ReadCodec(out int hashStart)
    {
        hashStart = 0;
        if (_bytes is not [1, ..])
        {
            return _bytes is null ? 0 : DagPbCodec; // version 0 is the bare hash
        }

        if (_bytes[1] < 0x80)
        {
            hashStart = 2;
            return _bytes[1];
        }

        _ = VarInt.TryRead(_bytes.AsSpan(1), out ulong codec, out int codecBytes);
        hashStart = 1 + codecBytes;
        return codec;
    }

    // Straight into its place: events are hashed by the ten thousand.
    private static Cid ForSha256(ulong codec, ReadOnlySpan<byte> block)
    {
        byte[] bytes = new byte[Sha256Bytes];
        bytes[0] = 1;
        bytes[1] = (byte)codec;
        bytes[2] = (byte)Multihash.Sha256Code;
        bytes[3] = SHA256.HashSizeInBytes;
        BlockSha256.Hash(block, bytes.AsSpan(Sha256Start));
        return new Cid(bytes);
    }

    /// <inheritdoc/>
    public bool Equals(Cid other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Cid other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        if (_bytes is [1, (byte)DagCborCodec, (byte)Multihash.Sha256Code, SHA256.HashSizeInBytes, ..] && _bytes.Length == Sha256Bytes)
        {
            ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(_bytes.AsSpan(Sha256Start)); // the head is the same for all of these
            return KeyedHash.Of(words[0], words[1], words[2], words[3]);
        }

        return KeyedHash.Of(Bytes);
    }

    /// <summary>Orders by unsigned bytes of the binary form.</summary>
    /// <param name="other">The other side.</param>
    public int CompareTo(Cid other) => Bytes.SequenceCompareTo(other.Bytes);

    /// <summary>Base58btc for version 0, base32 for version 1.</summary>
    public override string ToString() => _bytes is null ? "(none)"
        : Version == 0 ? Multibase.EncodeRaw(MultibaseEncoding.Base58Btc, _bytes)
        : Multibase.Encode(MultibaseEncoding.Base32, _bytes);

    /// <summary>Byte equality.</summary>
    public static bool operator ==(Cid left, Cid right) => left.Equals(right);

    /// <summary>Byte inequality.</summary>
    public static bool operator !=(Cid left, Cid right) => !left.Equals(right);
}
