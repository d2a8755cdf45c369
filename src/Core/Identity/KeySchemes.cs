using System.Diagnostics;
using System.Security.Cryptography;
using P2P.Core.Crypto;
using P2P.Core.Runtime;

namespace P2P.Core.Identity;

/// <summary>From key type to algorithm.</summary>
internal static class KeySchemes
{
    /// <summary>Whether public key data is well formed, before anything is allocated.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="data">Key data.</param>
    public static KeyRefusal CheckPublic(KeyType type, ReadOnlySpan<byte> data) => type switch
    {
        KeyType.Ed25519 => data.Length == Ed25519.PublicKeyBytes ? KeyRefusal.None : KeyRefusal.WrongLength,
        KeyType.Rsa => RsaScheme.CheckPublic(data),
        KeyType.Secp256k1 => EcdsaScheme.CheckSecp256k1(data),
        KeyType.Ecdsa => EcdsaScheme.CheckP256(data),
        _ => KeyRefusal.UnknownType,
    };

    /// <summary>Prepares a checked public key.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="data">Key data that <see cref="CheckPublic"/> passed; immutable.</param>
    public static ISignatureVerifier OpenVerifier(KeyType type, ReadOnlyMemory<byte> data) => type switch
    {
        KeyType.Ed25519 => new Ed25519Verifier(CurveBackends.Default, data),
        KeyType.Rsa => RsaScheme.OpenVerifier(data.Span),
        KeyType.Secp256k1 => EcdsaScheme.OpenSecp256k1(data.Span),
        KeyType.Ecdsa => EcdsaScheme.OpenP256(data.Span),
        _ => throw new UnreachableException($"Key type {type} passed the check."),
    };

    /// <summary>A fresh key.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="chance">Source of randomness.</param>
    public static PrivateKey Generate(KeyType type, IChance chance)
    {
        switch (type)
        {
            case KeyType.Ed25519:
                Span<byte> seed = stackalloc byte[Ed25519.SeedBytes];
                chance.Fill(seed);
                PrivateKey key = FromEd25519Seed(CurveBackends.Default, seed);
                CryptographicOperations.ZeroMemory(seed);
                return key;
            case KeyType.Rsa:
                return RsaScheme.Generate();
            case KeyType.Secp256k1 or KeyType.Ecdsa:
                return EcdsaScheme.Generate(type, chance);
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a kind of key.");
        }
    }

    /// <summary>An Ed25519 key.</summary>
    /// <param name="backend">Who computes.</param>
    /// <param name="seed">32 bytes.</param>
    public static PrivateKey FromEd25519Seed(ICurveBackend backend, ReadOnlySpan<byte> seed)
    {
        Span<byte> data = stackalloc byte[Ed25519.SeedBytes + Ed25519.PublicKeyBytes];
        seed.CopyTo(data);
        backend.Ed25519Public(seed, data[Ed25519.SeedBytes..]);
        PrivateKey key = new(PublicKey.FromEd25519(data[Ed25519.SeedBytes..]), data, backend.OpenSigner(seed));
        CryptographicOperations.ZeroMemory(data);
        return key;
    }

    /// <summary>Reads private key data.</summary>
    /// <remarks>
    /// ECDSA is a trap of the specification: its text says DER PKIX, its own vector and go are bare SEC1. Both SEC1 and its PKCS#8
    /// wrapping are read; SEC1 is written.
    /// </remarks>
    /// <param name="type">The kind.</param>
    /// <param name="data">Key data.</param>
    /// <param name="key">The key, or null.</param>
    public static KeyRefusal ReadPrivate(KeyType type, ReadOnlySpan<byte> data, out PrivateKey? key)
    {
        key = null;
        return type switch
        {
            KeyType.Ed25519 => ReadEd25519(data, out key),
            KeyType.Rsa => RsaScheme.ReadPrivate(data, out key),
            KeyType.Secp256k1 => EcdsaScheme.ReadSecp256k1(data, out key),
            KeyType.Ecdsa when Pkcs8.Read(data, out KeyType inner, out ReadOnlySpan<byte> sec1) == KeyRefusal.None && inner == type =>
                EcdsaScheme.ReadSec1(sec1, out key),
            KeyType.Ecdsa => EcdsaScheme.ReadSec1(data, out key),
            _ => KeyRefusal.UnknownType,
        };
    }

    private static KeyRefusal ReadEd25519(ReadOnlySpan<byte> data, out PrivateKey? key)
    {
        key = null;
        if (data.Length is not (64 or 96))
        {
            return KeyRefusal.WrongLength;
        }

        PrivateKey candidate = FromEd25519Seed(CurveBackends.Default, data[..32]);

        // The halves stored with the seed are checked, never used: signing with a foreign public half leaks the seed.
        ReadOnlySpan<byte> derived = candidate.PublicKey.Data.Span;
        if (!derived.SequenceEqual(data[32..64]) || (data.Length == 96 && !derived.SequenceEqual(data[64..])))
        {
            candidate.Dispose();
            return KeyRefusal.HalvesDiffer;
        }

        key = candidate;
        return KeyRefusal.None;
    }
}
