using System.Numerics;
using System.Security.Cryptography;
using P2P.Core.Crypto;

namespace P2P.Core.Identity;

/// <summary>RSA keys: public as SubjectPublicKeyInfo, private as PKCS#1.</summary>
/// <remarks>
/// The size is read off the DER length before any big-number work: a huge modulus burns a core per verification (CVE-2023-39533).
/// go takes up to 8,192 bits; here the limit is 4,096.
/// </remarks>
internal static class RsaScheme
{
    private const int BitsMin = 2048;
    private const int BitsMax = 4096;
    private const int GeneratedBits = 2048;
    private const int ExponentBytesMax = 4;

    /// <summary>Whether the data is a SubjectPublicKeyInfo of an RSA key in range.</summary>
    /// <param name="data">Key data.</param>
    public static KeyRefusal CheckPublic(ReadOnlySpan<byte> data) => ParsePublic(data, out _, out _);

    /// <summary>Prepares a checked public key.</summary>
    /// <param name="data">Key data.</param>
    public static RsaKey OpenVerifier(ReadOnlySpan<byte> data)
    {
        KeyRefusal refusal = ParsePublic(data, out ReadOnlySpan<byte> modulus, out ReadOnlySpan<byte> exponent);
        ArgumentOutOfRangeException.ThrowIfNotEqual((int)refusal, (int)KeyRefusal.None);
        return new RsaKey(RSA.Create(new RSAParameters { Modulus = modulus.ToArray(), Exponent = exponent.ToArray() }));
    }

    /// <summary>A fresh key of 2,048 bits; the BCL draws it.</summary>
    public static PrivateKey Generate()
    {
        RSA rsa = RSA.Create(GeneratedBits);
        byte[] data = rsa.ExportRSAPrivateKey();
        PrivateKey key = new(new PublicKey(KeyType.Rsa, rsa.ExportSubjectPublicKeyInfo()), data, new RsaKey(rsa));
        CryptographicOperations.ZeroMemory(data);
        return key;
    }

    /// <summary>Reads PKCS#1.</summary>
    /// <param name="data">Key data.</param>
    /// <param name="key">The key, or null.</param>
    public static KeyRefusal ReadPrivate(ReadOnlySpan<byte> data, out PrivateKey? key)
    {
        key = null;
        KeyRefusal refusal = ParsePrivate(data, out RSAParameters numbers);
        if (refusal != KeyRefusal.None)
        {
            return refusal;
        }

        RSA rsa = RSA.Create();
        try
        {
            rsa.ImportParameters(numbers);
        }
        catch (CryptographicException)
        {
            // Our own key file, not a peer: the BCL found numbers that do not belong together.
            rsa.Dispose();
            return KeyRefusal.HalvesDiffer;
        }
        finally
        {
            foreach (byte[]? secret in (ReadOnlySpan<byte[]?>)[numbers.D, numbers.P, numbers.Q, numbers.DP, numbers.DQ, numbers.InverseQ])
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }

        key = new PrivateKey(new PublicKey(KeyType.Rsa, rsa.ExportSubjectPublicKeyInfo()), data, new RsaKey(rsa));
        return KeyRefusal.None;
    }

    private static KeyRefusal ParsePublic(ReadOnlySpan<byte> data, out ReadOnlySpan<byte> modulus, out ReadOnlySpan<byte> exponent)
    {
        modulus = exponent = default;
        DerReader outer = new(data);
        if (!outer.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> info) || !outer.IsEmpty)
        {
            return KeyRefusal.MalformedDer;
        }

        DerReader parts = new(info);
        if (!parts.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> algorithm)
            || !parts.TryReadBits(out ReadOnlySpan<byte> bits)
            || !parts.IsEmpty)
        {
            return KeyRefusal.MalformedDer;
        }

        DerReader kind = new(algorithm);
        DerReader wrapper = new(bits);
        if (!kind.TryReadExactly(DerReader.ObjectId, KeyOids.Rsa)
            || !kind.TryReadExactly(DerReader.Null, [])
            || !kind.IsEmpty
            || !wrapper.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> numbers)
            || !wrapper.IsEmpty)
        {
            return KeyRefusal.MalformedDer;
        }

        DerReader reader = new(numbers);
        return reader.TryReadUnsigned(out modulus) && reader.TryReadUnsigned(out exponent) && reader.IsEmpty
            ? CheckNumbers(modulus, exponent)
            : KeyRefusal.MalformedDer;
    }

    private static KeyRefusal CheckNumbers(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        if (modulus.IsEmpty)
        {
            return KeyRefusal.RsaSize;
        }

        int bits = (modulus.Length * 8) - BitOperations.LeadingZeroCount((uint)modulus[0]) + 24;
        if (bits is < BitsMin or > BitsMax)
        {
            return KeyRefusal.RsaSize;
        }

        bool usable = (modulus[^1] & 1) == 1
            && exponent.Length is > 0 and <= ExponentBytesMax
            && (exponent[^1] & 1) == 1
            && (exponent.Length > 1 || exponent[0] > 1);
        return usable ? KeyRefusal.None : KeyRefusal.RsaNumbers;
    }

    private static KeyRefusal ParsePrivate(ReadOnlySpan<byte> data, out RSAParameters numbers)
    {
        numbers = default;
        DerReader outer = new(data);
        if (!outer.TryRead(DerReader.Sequence, out ReadOnlySpan<byte> content) || !outer.IsEmpty)
        {
            return KeyRefusal.MalformedDer;
        }

        DerReader reader = new(content);
        if (!reader.TryReadUnsigned(out ReadOnlySpan<byte> version)
            || !version.IsEmpty // 0: two primes
            || !reader.TryReadUnsigned(out ReadOnlySpan<byte> n)
            || !reader.TryReadUnsigned(out ReadOnlySpan<byte> e))
        {
            return KeyRefusal.MalformedDer;
        }

        KeyRefusal refusal = CheckNumbers(n, e);
        if (refusal != KeyRefusal.None)
        {
            return refusal;
        }

        int half = (n.Length + 1) / 2;
        numbers.Modulus = n.ToArray();
        numbers.Exponent = e.ToArray();
        bool whole = TryTake(ref reader, n.Length, out numbers.D)
            & TryTake(ref reader, half, out numbers.P)
            & TryTake(ref reader, half, out numbers.Q)
            & TryTake(ref reader, half, out numbers.DP)
            & TryTake(ref reader, half, out numbers.DQ)
            & TryTake(ref reader, half, out numbers.InverseQ)
            & reader.IsEmpty;
        if (!whole)
        {
            return KeyRefusal.MalformedDer;
        }

        // With primes of another modulus the BCL would sign something that gives the primes away.
        BigInteger product = new BigInteger(numbers.P, isUnsigned: true, isBigEndian: true)
            * new BigInteger(numbers.Q, isUnsigned: true, isBigEndian: true);
        return product == new BigInteger(n, isUnsigned: true, isBigEndian: true) ? KeyRefusal.None : KeyRefusal.HalvesDiffer;
    }

    private static bool TryTake(ref DerReader reader, int length, out byte[]? number)
    {
        number = null;
        if (!reader.TryReadUnsigned(out ReadOnlySpan<byte> magnitude) || magnitude.Length > length)
        {
            return false;
        }

        number = new byte[length];
        magnitude.CopyTo(number.AsSpan(length - magnitude.Length));
        return true;
    }
}
