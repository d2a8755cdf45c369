using System.Security.Cryptography;
using P2P.Core.Crypto;
using P2P.Core.Runtime;

namespace P2P.Core.Identity;

/// <summary>A private key of any libp2p type. Thread-safe; signing takes this one object, never a loose public half.</summary>
public sealed class PrivateKey : IDisposable
{
    // Wire form of the key data, pinned so that the garbage collector leaves no copies behind; cleared by Dispose.
    private readonly byte[] _data;
    private readonly ISignatureSigner _signer;
    private volatile bool _disposed;

    internal PrivateKey(PublicKey publicKey, ReadOnlySpan<byte> data, ISignatureSigner signer)
    {
        PublicKey = publicKey;
        _data = GC.AllocateUninitializedArray<byte>(data.Length, pinned: true);
        data.CopyTo(_data);
        _signer = signer;
    }

    /// <summary>The kind.</summary>
    public KeyType Type => PublicKey.Type;

    /// <summary>The public half.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>A fresh key. RSA (2,048 bits) is drawn by the BCL itself, every other kind from <paramref name="chance"/>.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="chance">Source of randomness.</param>
    public static PrivateKey Generate(KeyType type, IChance chance)
    {
        ArgumentNullException.ThrowIfNull(chance);
        return KeySchemes.Generate(type, chance);
    }

    /// <summary>An Ed25519 key from its 32-byte seed.</summary>
    /// <param name="seed">Exactly 32 bytes; copied.</param>
    public static PrivateKey FromEd25519Seed(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, Ed25519.SeedBytes);
        return KeySchemes.FromEd25519Seed(CurveBackends.Default, seed);
    }

    /// <summary>Reads the protobuf form.</summary>
    /// <param name="source">All bytes.</param>
    /// <param name="key">The key.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out PrivateKey? key) => Read(source, out key) == KeyRefusal.None;

    /// <summary>As <see cref="TryRead"/>, and says why not.</summary>
    /// <param name="source">All bytes.</param>
    /// <param name="key">The key, or null.</param>
    public static KeyRefusal Read(ReadOnlySpan<byte> source, out PrivateKey? key)
    {
        key = null;
        KeyRefusal refusal = KeyWire.Read(source, KeyWire.PrivateBytesMax, out KeyType type, out ReadOnlySpan<byte> data);
        return refusal == KeyRefusal.None ? KeySchemes.ReadPrivate(type, data, out key) : refusal;
    }

    /// <summary>Reads an unencrypted PKCS#8 key file (DER) with an RSA or P-256 key, as OpenSSL and rust-libp2p keep them.</summary>
    /// <param name="source">All bytes.</param>
    /// <param name="key">The key, or null.</param>
    public static KeyRefusal ReadPkcs8(ReadOnlySpan<byte> source, out PrivateKey? key)
    {
        key = null;
        if (source.Length > KeyWire.PrivateBytesMax)
        {
            return KeyRefusal.TooLong;
        }

        KeyRefusal refusal = Pkcs8.Read(source, out KeyType type, out ReadOnlySpan<byte> inner);
        return refusal == KeyRefusal.None ? KeySchemes.ReadPrivate(type, inner, out key) : refusal;
    }

    /// <summary>The protobuf form. A secret: the caller clears the array after use.</summary>
    /// <exception cref="ObjectDisposedException">After <see cref="Dispose"/>.</exception>
    public byte[] ToProtobuf()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        byte[] result = GC.AllocateUninitializedArray<byte>(KeyWire.HeadBytes(_data.Length) + _data.Length, pinned: true);
        KeyWire.Write(Type, _data, result);
        return result;
    }

    /// <summary>Signs <paramref name="message"/>.</summary>
    /// <param name="message">Any bytes.</param>
    /// <exception cref="ObjectDisposedException">After <see cref="Dispose"/>.</exception>
    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _signer.Sign(message);
    }

    /// <summary>Clears the key. Signatures already under way end normally.</summary>
    public void Dispose()
    {
        _disposed = true;
        _signer.Dispose();
        CryptographicOperations.ZeroMemory(_data);
    }
}
