using P2P.Core.Multiformats;

namespace P2P.Core.Identity;

/// <summary>Who a peer is: the multihash of its public key's protobuf. Immutable; compares by bytes. <c>default</c> is none.</summary>
/// <remarks>Spec: libp2p peer ids. Derived from a verified key or typed by a person; never trusted from an address.</remarks>
public readonly struct PeerId : IEquatable<PeerId>, IComparable<PeerId>
{
    /// <summary>Keys whose protobuf is at most this long are inlined with the identity hash.</summary>
    public const int InlineKeyBytesMax = 42;

    private readonly Multihash _hash;

    private PeerId(Multihash hash) => _hash = hash;

    /// <summary>True for <c>default</c>.</summary>
    public bool IsNone => _hash.IsNone;

    /// <summary>The multihash bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _hash.Bytes;

    /// <summary>The multihash bytes as memory. Do not write to the array behind it.</summary>
    public ReadOnlyMemory<byte> Memory => _hash.Memory;

    /// <summary>First and last characters, for people: <c>12D3Koo…T2vzK</c>.</summary>
    public string Short
    {
        get
        {
            string text = ToString();
            return text.Length <= 16 ? text : string.Concat(text.AsSpan(0, 8), "…", text.AsSpan(text.Length - 5));
        }
    }

    /// <summary>The id of a public key in its protobuf form.</summary>
    /// <param name="keyProtobuf">The deterministic encoding.</param>
    public static PeerId FromKeyProtobuf(ReadOnlySpan<byte> keyProtobuf) =>
        new(keyProtobuf.Length <= InlineKeyBytesMax ? Multihash.Identity(keyProtobuf) : Multihash.Sha256(keyProtobuf));

    /// <summary>Reads the binary form.</summary>
    /// <param name="source">All bytes; nothing may follow.</param>
    /// <param name="value">The id, or none.</param>
    /// <returns>Whether it is a SHA2-256 multihash or an identity multihash of at most 42 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out PeerId value)
    {
        value = default;
        if (!Multihash.TryRead(source, out Multihash hash, out int consumed) || consumed != source.Length)
        {
            return false;
        }

        bool ok = hash.Code == Multihash.Sha256Code
            || (hash.Code == Multihash.IdentityCode && hash.Digest.Length is > 0 and <= InlineKeyBytesMax);
        if (ok)
        {
            value = new PeerId(hash);
        }

        return ok;
    }

    /// <summary>Reads base58btc text (<c>12D3…</c>, <c>Qm…</c>) or the CID form (codec libp2p-key).</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The id, or none.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out PeerId value)
    {
        value = default;
        if (text.StartsWith("1") || text.StartsWith("Qm"))
        {
            return Multibase.TryDecodeRaw(MultibaseEncoding.Base58Btc, text, Cid.BytesMax, out byte[] bytes) && TryRead(bytes, out value);
        }

        return Cid.TryParse(text, out Cid cid) && cid.Codec == Cid.Libp2pKeyCodec && TryRead(cid.HashBytes, out value);
    }

    /// <summary>As <see cref="TryParse"/>, for text typed by people.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is not a peer id.</exception>
    public static PeerId Parse(string text) =>
        TryParse(text, out PeerId value) ? value : throw new FormatException("Not a peer id: expected 12D3…, Qm… or a CID such as bafz….");

    /// <summary>The public key, when it is inlined in the id.</summary>
    /// <param name="key">The key.</param>
    /// <returns>False for hashed (RSA, ECDSA) ids.</returns>
    public bool TryGetPublicKey(out PublicKey? key)
    {
        key = null;
        return _hash.Code == Multihash.IdentityCode && !_hash.IsNone && PublicKey.TryRead(_hash.Digest, out key);
    }

    /// <inheritdoc/>
    public bool Equals(PeerId other) => _hash.Equals(other._hash);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is PeerId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash.GetHashCode();

    /// <summary>Orders by unsigned bytes.</summary>
    /// <param name="other">The other side.</param>
    public int CompareTo(PeerId other) => _hash.CompareTo(other._hash);

    /// <summary>Base58btc text.</summary>
    public override string ToString() => IsNone ? "(none)" : _hash.ToString();

    /// <summary>Byte equality.</summary>
    public static bool operator ==(PeerId left, PeerId right) => left.Equals(right);

    /// <summary>Byte inequality.</summary>
    public static bool operator !=(PeerId left, PeerId right) => !left.Equals(right);
}
