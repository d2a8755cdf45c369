using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace P2P.Core.Crypto;

/// <summary>
/// Membership tests for the two 256-bit short Weierstrass curves, on public data only. The BCL answers the same questions by
/// exceptions, whose text and kind differ per platform; peers must not be able to buy throws. Signatures themselves are the BCL's.
/// </summary>
internal sealed class WeierstrassCurve
{
    private readonly BigInteger _prime;
    private readonly BigInteger _a;
    private readonly BigInteger _b;
    private readonly BigInteger _order;
    private readonly BigInteger _halfOrder;

    private WeierstrassCurve(string oid, string prime, int a, string b, string order)
    {
        Bcl = ECCurve.CreateFromValue(oid);
        _prime = BigInteger.Parse(prime, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _a = a;
        _b = BigInteger.Parse(b, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _order = BigInteger.Parse(order, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        _halfOrder = _order >> 1;
    }

    /// <summary>NIST P-256.</summary>
    public static WeierstrassCurve P256 { get; } = new(
        "1.2.840.10045.3.1.7",
        "0ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        -3,
        "05ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

    /// <summary>secp256k1.</summary>
    public static WeierstrassCurve Secp256k1 { get; } = new(
        "1.3.132.0.10",
        "0fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
        0,
        "07",
        "0fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");

    /// <summary>The curve's name for the BCL.</summary>
    public ECCurve Bcl { get; }

    /// <summary>Whether 1 ≤ value &lt; group order.</summary>
    /// <param name="value">Big endian, at most 32 bytes.</param>
    public bool IsScalar(ReadOnlySpan<byte> value)
    {
        BigInteger number = Unsigned(value);
        return !number.IsZero && number < _order;
    }

    /// <summary>Whether an S is the smaller one of its pair (BIP-62).</summary>
    /// <param name="s">Big endian.</param>
    public bool IsLow(ReadOnlySpan<byte> s) => Unsigned(s) <= _halfOrder;

    /// <summary>Replaces S by order − S.</summary>
    /// <param name="s">32 bytes, big endian.</param>
    public void Negate(Span<byte> s) => Write(_order - Unsigned(s), s);

    /// <summary>Whether the point is on the curve. Both curves have cofactor 1, so this is all there is to check.</summary>
    /// <param name="x">32 bytes, big endian.</param>
    /// <param name="y">32 bytes, big endian.</param>
    public bool IsOnCurve(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        BigInteger px = Unsigned(x);
        BigInteger py = Unsigned(y);
        return px < _prime && py < _prime && (py * py % _prime) == RightSide(px);
    }

    /// <summary>Computes y of a compressed point.</summary>
    /// <param name="compressed">33 bytes: 02 or 03, then x.</param>
    /// <param name="y">32 bytes.</param>
    /// <returns>False when the head is wrong or no point has this x.</returns>
    public bool TryDecompress(ReadOnlySpan<byte> compressed, Span<byte> y)
    {
        if (compressed.Length != 33 || compressed[0] is not (2 or 3))
        {
            return false;
        }

        BigInteger x = Unsigned(compressed[1..]);
        if (x >= _prime)
        {
            return false;
        }

        // Both primes are 3 mod 4: a root, if there is one, is the power (p + 1) / 4.
        BigInteger square = RightSide(x);
        BigInteger root = BigInteger.ModPow(square, (_prime + 1) >> 2, _prime);
        if (root * root % _prime != square)
        {
            return false;
        }

        Write(root.IsEven == (compressed[0] == 2) ? root : _prime - root, y);
        return true;
    }

    private static BigInteger Unsigned(ReadOnlySpan<byte> value) => new(value, isUnsigned: true, isBigEndian: true);

    private static void Write(BigInteger value, Span<byte> destination)
    {
        destination.Clear();
        int count = value.GetByteCount(isUnsigned: true);
        value.TryWriteBytes(destination[(destination.Length - count)..], out _, isUnsigned: true, isBigEndian: true);
    }

    private BigInteger RightSide(BigInteger x)
    {
        BigInteger value = ((x * x * x) + (_a * x) + _b) % _prime;
        return value.Sign < 0 ? value + _prime : value;
    }
}
