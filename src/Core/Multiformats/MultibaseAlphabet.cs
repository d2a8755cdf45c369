using System.Collections.Frozen;

namespace P2P.Core.Multiformats;

/// <summary>The digits of one multibase form and how they carry bits.</summary>
internal sealed class MultibaseAlphabet
{
    private const string Lower32 = "abcdefghijklmnopqrstuvwxyz234567";
    private const string LowerHex32 = "0123456789abcdefghijklmnopqrstuv";
    private const string Digits36 = "0123456789abcdefghijklmnopqrstuvwxyz";
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly FrozenDictionary<int, MultibaseAlphabet> s_all = Build().ToFrozenDictionary(static a => (int)a.Encoding);

    private readonly sbyte[] _values = new sbyte[128];

    private MultibaseAlphabet(MultibaseEncoding encoding, string digits, int bitsPerDigit, bool padded = false, bool anyCase = false)
    {
        (Encoding, Digits, BitsPerDigit, Padded) = (encoding, digits, bitsPerDigit, padded);
        Array.Fill(_values, (sbyte)-1);
        for (int i = 0; i < digits.Length; i++)
        {
            _values[digits[i]] = (sbyte)i;
            if (anyCase)
            {
                _values[char.ToLowerInvariant(digits[i])] = (sbyte)i;
                _values[char.ToUpperInvariant(digits[i])] = (sbyte)i;
            }
        }
    }

    /// <summary>The form.</summary>
    public MultibaseEncoding Encoding { get; }

    /// <summary>Digits by value.</summary>
    public string Digits { get; }

    /// <summary>Bits of a digit, or 0 when the text is one big number.</summary>
    public int BitsPerDigit { get; }

    /// <summary>Whether '=' fills the last group.</summary>
    public bool Padded { get; }

    /// <summary>Digits in a group of whole bytes: what padding fills up to.</summary>
    public int GroupDigits => BitsPerDigit == 5 ? 8 : 4;

    /// <summary>The alphabet of a form, or null.</summary>
    public static MultibaseAlphabet? Find(MultibaseEncoding encoding) => s_all.GetValueOrDefault((int)encoding);

    /// <summary>Value of a digit, or -1.</summary>
    public int ValueOf(char digit) => digit < 128 ? _values[digit] : -1;

    private static IEnumerable<MultibaseAlphabet> Build()
    {
        yield return new(MultibaseEncoding.Base2, "01", 1);
        yield return new(MultibaseEncoding.Base8, "01234567", 3);
        yield return new(MultibaseEncoding.Base10, "0123456789", 0);
        yield return new(MultibaseEncoding.Base16, Digits36[..16], 4, anyCase: true);
        yield return new(MultibaseEncoding.Base16Upper, Upper(Digits36[..16]), 4, anyCase: true);
        yield return new(MultibaseEncoding.Base32, Lower32, 5, anyCase: true);
        yield return new(MultibaseEncoding.Base32Upper, Upper(Lower32), 5, anyCase: true);
        yield return new(MultibaseEncoding.Base32Pad, Lower32, 5, padded: true, anyCase: true);
        yield return new(MultibaseEncoding.Base32PadUpper, Upper(Lower32), 5, padded: true, anyCase: true);
        yield return new(MultibaseEncoding.Base32Hex, LowerHex32, 5, anyCase: true);
        yield return new(MultibaseEncoding.Base32HexUpper, Upper(LowerHex32), 5, anyCase: true);
        yield return new(MultibaseEncoding.Base32HexPad, LowerHex32, 5, padded: true, anyCase: true);
        yield return new(MultibaseEncoding.Base32HexPadUpper, Upper(LowerHex32), 5, padded: true, anyCase: true);
        yield return new(MultibaseEncoding.Base32Z, "ybndrfg8ejkmcpqxot1uwisza345h769", 5);
        yield return new(MultibaseEncoding.Base36, Digits36, 0, anyCase: true);
        yield return new(MultibaseEncoding.Base36Upper, Upper(Digits36), 0, anyCase: true);
        yield return new(MultibaseEncoding.Base58Flickr, "123456789abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ", 0);
        yield return new(MultibaseEncoding.Base58Btc, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 0);
        yield return new(MultibaseEncoding.Base64, Letters + "+/", 6);
        yield return new(MultibaseEncoding.Base64Pad, Letters + "+/", 6, padded: true);
        yield return new(MultibaseEncoding.Base64Url, Letters + "-_", 6);
        yield return new(MultibaseEncoding.Base64UrlPad, Letters + "-_", 6, padded: true);
    }

    private static string Upper(string digits) => digits.ToUpperInvariant();
}
