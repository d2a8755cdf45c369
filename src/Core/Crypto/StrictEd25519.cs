using System.Buffers.Binary;

namespace P2P.Core.Crypto;

/// <summary>
/// The one check in front of every Ed25519 backend. Libraries disagree on small-order and non-canonical points (OpenSSL and
/// BouncyCastle take a small-order key with S = 0, libsodium does not), and a hash graph whose nodes disagree on a signature never
/// converges. What passes here is judged alike by every cofactorless implementation.
/// </summary>
/// <remarks>Spec: limits, section 1 "Signature verdicts". Everything here is public data: no constant-time need.</remarks>
internal static class StrictEd25519
{
    private const ulong Low63 = 0x7fff_ffff_ffff_ffff;

    /// <summary>Whether lengths, S, A and R are all well formed.</summary>
    /// <param name="publicKey">A.</param>
    /// <param name="signature">R, S.</param>
    public static bool Admits(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> signature) =>
        publicKey.Length == Ed25519.PublicKeyBytes
        && signature.Length == Ed25519.SignatureBytes
        && IsReducedScalar(signature[32..])
        && IsStrictPoint(publicKey)
        && IsStrictPoint(signature[..32]);

    /// <summary>S &lt; L: otherwise S + L would be a second signature of the same message.</summary>
    private static bool IsReducedScalar(ReadOnlySpan<byte> s)
    {
        ulong w3 = BinaryPrimitives.ReadUInt64LittleEndian(s[24..]);
        if (w3 != 0x1000_0000_0000_0000)
        {
            return w3 < 0x1000_0000_0000_0000;
        }

        ulong w2 = BinaryPrimitives.ReadUInt64LittleEndian(s[16..]);
        ulong w1 = BinaryPrimitives.ReadUInt64LittleEndian(s[8..]);
        ulong w0 = BinaryPrimitives.ReadUInt64LittleEndian(s);
        return w2 == 0
            && (w1 < 0x14de_f9de_a2f7_9cd6 || (w1 == 0x14de_f9de_a2f7_9cd6 && w0 < 0x5812_631a_5cf5_d3ed));
    }

    /// <summary>
    /// y &lt; p and not one of the eight points of small order. The sign bit is ignored on purpose: it also catches "minus zero"
    /// (x = 0 with the sign set), which decoders treat differently and which only small-order points have.
    /// </summary>
    private static bool IsStrictPoint(ReadOnlySpan<byte> point)
    {
        ulong w0 = BinaryPrimitives.ReadUInt64LittleEndian(point);
        ulong w1 = BinaryPrimitives.ReadUInt64LittleEndian(point[8..]);
        ulong w2 = BinaryPrimitives.ReadUInt64LittleEndian(point[16..]);
        ulong w3 = BinaryPrimitives.ReadUInt64LittleEndian(point[24..]) & Low63;

        // y = p - 1 (order 2) and every y >= p.
        if (w3 == Low63 && w2 == ulong.MaxValue && w1 == ulong.MaxValue && w0 >= 0xffff_ffff_ffff_ffec)
        {
            return false;
        }

        // y = 0 (order 4) and y = 1 (neutral element).
        if (w0 <= 1 && (w1 | w2 | w3) == 0)
        {
            return false;
        }

        // The two y of order 8; they add up to p.
        bool order8a = w0 == 0xb027_b2c2_8f95_e826 && w1 == 0xf098_eff2_89f4_c345
            && w2 == 0x3933_c6d3_05ac_dfd5 && w3 == 0x05fc_536d_8802_38b1;
        bool order8b = w0 == 0x4fd8_4d3d_706a_17c7 && w1 == 0x0f67_100d_760b_3cba
            && w2 == 0xc6cc_392c_fa53_202a && w3 == 0x7a03_ac92_77fd_c74e;
        return !(order8a || order8b);
    }
}
