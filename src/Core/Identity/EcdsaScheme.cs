using System.Security.Cryptography;
using P2P.Core.Crypto;
using P2P.Core.Runtime;

namespace P2P.Core.Identity;

/// <summary>Keys on P-256 (public as SubjectPublicKeyInfo, private as SEC1) and secp256k1 (33 bytes compressed, 32 bytes).</summary>
/// <remarks>go takes any NIST curve for the ECDSA type; the specification and this code know P-256 only.</remarks>
internal static class EcdsaScheme
{
    private const int ScalarBytes = 32;

    /// <summary>SubjectPublicKeyInfo of P-256 up to and including the 04 of an uncompressed point.</summary>
    private static ReadOnlySpan<byte> P256Head =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
        0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];

    /// <summary>ECPrivateKey of P-256: in front of the scalar, and between scalar and point.</summary>
    private static ReadOnlySpan<byte> Sec1Head => [0x30, 0x77, 0x02, 0x01, 0x01, 0x04, 0x20];

    private static ReadOnlySpan<byte> Sec1Middle =>
        [0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0xa1, 0x44, 0x03, 0x42, 0x00, 0x04];

    /// <summary>Whether the data is a P-256 SubjectPublicKeyInfo: the one strict DER form, so a fixed head and a point.</summary>
    /// <param name="data">Key data.</param>
    public static KeyRefusal CheckP256(ReadOnlySpan<byte> data)
    {
        if (!data.StartsWith(P256Head))
        {
            return IsOtherCurve(data) ? KeyRefusal.WrongCurve : KeyRefusal.MalformedDer;
        }

        ReadOnlySpan<byte> point = data[P256Head.Length..];
        return point.Length != 64 ? KeyRefusal.WrongLength
            : WeierstrassCurve.P256.IsOnCurve(point[..32], point[32..]) ? KeyRefusal.None
            : KeyRefusal.NotOnCurve;
    }

    /// <summary>Whether the data is a compressed secp256k1 point. Uncompressed points are refused: they would give one key two ids.</summary>
    /// <param name="data">Key data.</param>
    public static KeyRefusal CheckSecp256k1(ReadOnlySpan<byte> data)
    {
        Span<byte> y = stackalloc byte[ScalarBytes];
        return data.Length != 33 ? KeyRefusal.WrongLength
            : WeierstrassCurve.Secp256k1.TryDecompress(data, y) ? KeyRefusal.None
            : KeyRefusal.NotOnCurve;
    }

    /// <summary>Prepares a checked P-256 key.</summary>
    /// <param name="data">Key data.</param>
    public static EcdsaKey OpenP256(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> point = data[P256Head.Length..];
        return Open(WeierstrassCurve.P256, point[..32], point[32..]);
    }

    /// <summary>Prepares a checked secp256k1 key.</summary>
    /// <param name="data">Key data.</param>
    public static EcdsaKey OpenSecp256k1(ReadOnlySpan<byte> data)
    {
        Span<byte> y = stackalloc byte[ScalarBytes];
        Invariant.Check(WeierstrassCurve.Secp256k1.TryDecompress(data, y), "a checked point has a y");
        return Open(WeierstrassCurve.Secp256k1, data[1..], y);
    }

    /// <summary>A fresh key of either curve.</summary>
    /// <param name="type">Ecdsa or Secp256k1.</param>
    /// <param name="chance">Source of randomness.</param>
    public static PrivateKey Generate(KeyType type, IChance chance)
    {
        WeierstrassCurve curve = type == KeyType.Ecdsa ? WeierstrassCurve.P256 : WeierstrassCurve.Secp256k1;
        Span<byte> scalar = stackalloc byte[ScalarBytes];
        do
        {
            chance.Fill(scalar); // both orders are just below 2^256: a second draw is needed once in 2^32 at most
        }
        while (!curve.IsScalar(scalar));

        PrivateKey key = FromScalar(type, scalar);
        CryptographicOperations.ZeroMemory(scalar);
        return key;
    }

    /// <summary>Reads a 32-byte secp256k1 scalar.</summary>
    /// <param name="data">Key data.</param>
    /// <param name="key">The key, or null.</param>
    public static KeyRefusal ReadSecp256k1(ReadOnlySpan<byte> data, out PrivateKey? key)
    {
        key = null;
        if (data.Length != ScalarBytes)
        {
            return KeyRefusal.WrongLength;
        }

        if (!WeierstrassCurve.Secp256k1.IsScalar(data))
        {
            return KeyRefusal.NotOnCurve;
        }

        key = FromScalar(KeyType.Secp256k1, data);
        return KeyRefusal.None;
    }

    /// <summary>Reads SEC1 ECPrivateKey, bare as go writes it. Curve and point are optional in SEC1; a point is checked, never trusted.</summary>
    /// <param name="data">Key data.</param>
    /// <param name="key">The key, or null.</param>
    public static KeyRefusal ReadSec1(ReadOnlySpan<byte> data, out PrivateKey? key)
    {
        key = null;
        DerReader outer = new(data);
        if (!outer.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> content) || !outer.IsEmpty)
        {
            return KeyRefusal.MalformedDer;
        }

        DerReader reader = new(content);
        if (!reader.TryReadExactly(DerReader.Integer, [1]) || !reader.TryRead(DerReader.OctetString, out ReadOnlySpan<byte> scalar))
        {
            return KeyRefusal.MalformedDer;
        }

        if (reader.NextTag == DerReader.Context0)
        {
            reader.TryRead(DerReader.Context0, out ReadOnlySpan<byte> curve);
            DerReader name = new(curve);
            if (!name.TryReadExactly(DerReader.ObjectId, KeyOids.P256) || !name.IsEmpty)
            {
                return KeyRefusal.WrongCurve;
            }
        }

        ReadOnlySpan<byte> point = default;
        if (reader.NextTag == DerReader.Context1)
        {
            reader.TryRead(DerReader.Context1, out ReadOnlySpan<byte> wrapped);
            DerReader bits = new(wrapped);
            if (!bits.TryReadBits(out point) || !bits.IsEmpty)
            {
                return KeyRefusal.MalformedDer;
            }
        }

        return reader.IsEmpty ? FromParts(scalar, point, out key) : KeyRefusal.MalformedDer;
    }

    /// <summary>Names the refusal only: a go peer with a P-384 key should find "WrongCurve" in our counters.</summary>
    private static bool IsOtherCurve(ReadOnlySpan<byte> data)
    {
        DerReader outer = new(data);
        if (!outer.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> info))
        {
            return false;
        }

        DerReader parts = new(info);
        if (!parts.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> algorithm))
        {
            return false;
        }

        DerReader kind = new(algorithm);
        return kind.TryReadExactly(DerReader.ObjectId, KeyOids.EcPublicKey)
            && kind.TryRead(DerReader.ObjectId, out ReadOnlySpan<byte> curve)
            && !curve.SequenceEqual(KeyOids.P256);
    }

    private static KeyRefusal FromParts(ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point, out PrivateKey? key)
    {
        key = null;
        if (scalar.Length != ScalarBytes)
        {
            return KeyRefusal.WrongLength;
        }

        if (!WeierstrassCurve.P256.IsScalar(scalar))
        {
            return KeyRefusal.NotOnCurve;
        }

        PrivateKey candidate = FromScalar(KeyType.Ecdsa, scalar);
        if (!point.IsEmpty && !candidate.PublicKey.Data.Span[(P256Head.Length - 1)..].SequenceEqual(point))
        {
            candidate.Dispose();
            return KeyRefusal.HalvesDiffer;
        }

        key = candidate;
        return KeyRefusal.None;
    }

    private static PrivateKey FromScalar(KeyType type, ReadOnlySpan<byte> scalar)
    {
        WeierstrassCurve curve = type == KeyType.Ecdsa ? WeierstrassCurve.P256 : WeierstrassCurve.Secp256k1;
        byte[] secret = GC.AllocateUninitializedArray<byte>(ScalarBytes, pinned: true);
        scalar.CopyTo(secret);
        ECDsa key = ECDsa.Create(new ECParameters { Curve = curve.Bcl, D = secret }); // the BCL derives the point
        ECPoint q = key.ExportParameters(includePrivateParameters: false).Q;
        EcdsaKey signer = new(curve, key);
        PrivateKey result;
        if (type == KeyType.Secp256k1)
        {
            result = new PrivateKey(new PublicKey(type, [(byte)(2 + (q.Y![^1] & 1)), .. q.X!]), secret, signer);
        }
        else
        {
            byte[] sec1 = GC.AllocateUninitializedArray<byte>(Sec1Head.Length + ScalarBytes + Sec1Middle.Length + 64, pinned: true);
            Sec1Head.CopyTo(sec1);
            secret.CopyTo(sec1, Sec1Head.Length);
            Sec1Middle.CopyTo(sec1.AsSpan(Sec1Head.Length + ScalarBytes));
            q.X!.CopyTo(sec1, sec1.Length - 64);
            q.Y!.CopyTo(sec1, sec1.Length - 32);
            result = new PrivateKey(new PublicKey(type, [.. P256Head, .. q.X, .. q.Y]), sec1, signer);
            CryptographicOperations.ZeroMemory(sec1);
        }

        CryptographicOperations.ZeroMemory(secret);
        return result;
    }

    private static EcdsaKey Open(WeierstrassCurve curve, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        new(curve, ECDsa.Create(new ECParameters { Curve = curve.Bcl, Q = new ECPoint { X = x.ToArray(), Y = y.ToArray() } }));
}
