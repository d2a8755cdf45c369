using P2P.Core.Crypto;

namespace P2P.Core.Identity;

/// <summary>Opens PKCS#8 (RFC 5208): the form in which OpenSSL, and rust for RSA, keep private keys.</summary>
internal static class Pkcs8
{
    /// <summary>Unwraps the key inside.</summary>
    /// <param name="source">All bytes, unencrypted, without attributes.</param>
    /// <param name="type">Rsa or Ecdsa (P-256).</param>
    /// <param name="inner">PKCS#1 or SEC1, a slice.</param>
    public static KeyRefusal Read(ReadOnlySpan<byte> source, out KeyType type, out ReadOnlySpan<byte> inner)
    {
        type = KeyType.None;
        inner = default;
        DerReader outer = new(source);
        if (!outer.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> content) || !outer.IsEmpty)
        {
            return KeyRefusal.MalformedDer;
        }

        DerReader reader = new(content);
        if (!reader.TryReadExactly(DerReader.Integer, [0])
            || !reader.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> algorithm)
            || !reader.TryRead(DerReader.OctetString, out inner)
            || !reader.IsEmpty)
        {
            return KeyRefusal.MalformedDer;
        }

        DerReader kind = new(algorithm);
        if (!kind.TryRead(DerReader.ObjectId, out ReadOnlySpan<byte> oid))
        {
            return KeyRefusal.MalformedDer;
        }

        if (oid.SequenceEqual(KeyOids.Rsa))
        {
            type = KeyType.Rsa;
            return kind.TryReadExactly(DerReader.Null, []) && kind.IsEmpty ? KeyRefusal.None : KeyRefusal.MalformedDer;
        }

        if (!oid.SequenceEqual(KeyOids.EcPublicKey))
        {
            return KeyRefusal.UnknownType;
        }

        type = KeyType.Ecdsa;
        return kind.TryReadExactly(DerReader.ObjectId, KeyOids.P256) && kind.IsEmpty ? KeyRefusal.None : KeyRefusal.WrongCurve;
    }
}
