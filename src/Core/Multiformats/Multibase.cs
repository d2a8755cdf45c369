using System.Text;

namespace P2P.Core.Multiformats;

/// <summary>Text forms of bytes. Static, thread-safe; decoding is bounded by the caller's limit and never throws.</summary>
/// <remarks>
/// Spec: multiformats multibase. Stricter than the specification: bits left over after the last byte must be zero, the
/// digit count must be one that an encoder produces, and padding must be exact, so every text has one meaning and
/// (but for letter case) every value one text.
/// </remarks>
public static class Multibase
{
    /// <summary>
    /// Longest result of a form that is one big number (base 10, 36, 58), in bytes, whatever the caller allows: their cost is quadratic.
    /// </summary>
    public const int BigNumberBytesMax = 4096;

    /// <summary>Text with its prefix character.</summary>
    /// <param name="encoding">The alphabet.</param>
    /// <param name="bytes">Any bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">Unknown alphabet, or more than <see cref="BigNumberBytesMax"/> for a big number.</exception>
    public static string Encode(MultibaseEncoding encoding, ReadOnlySpan<byte> bytes) =>
        string.Concat(char.ConvertFromUtf32((int)encoding), EncodeRaw(encoding, bytes));

    /// <summary>Text without a prefix character.</summary>
    /// <param name="encoding">The alphabet.</param>
    /// <param name="bytes">Any bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">Unknown alphabet, or more than <see cref="BigNumberBytesMax"/> for a big number.</exception>
    public static string EncodeRaw(MultibaseEncoding encoding, ReadOnlySpan<byte> bytes)
    {
        if (encoding == MultibaseEncoding.Base256Emoji)
        {
            return MultibaseEmoji.Encode(bytes);
        }

        MultibaseAlphabet alphabet = MultibaseAlphabet.Find(encoding) ?? throw new ArgumentOutOfRangeException(nameof(encoding));
        if (alphabet.BitsPerDigit > 0)
        {
            return EncodeBits(alphabet, bytes);
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, BigNumberBytesMax, nameof(bytes));
        return encoding switch
        {
            MultibaseEncoding.Base58Btc => SimpleBase.Base58.Bitcoin.Encode(bytes),
            MultibaseEncoding.Base58Flickr => SimpleBase.Base58.Flickr.Encode(bytes),
            _ => EncodeNumber(alphabet, bytes),
        };
    }

    /// <summary>Reads prefixed text.</summary>
    /// <param name="text">Prefix and digits.</param>
    /// <param name="bytesMax">Longer results are refused before they are allocated.</param>
    /// <param name="bytes">The bytes, empty when refused.</param>
    /// <param name="encoding">The alphabet found.</param>
    public static bool TryDecode(ReadOnlySpan<char> text, int bytesMax, out byte[] bytes, out MultibaseEncoding encoding)
    {
        bytes = [];
        encoding = MultibaseEncoding.None;
        if (Rune.DecodeFromUtf16(text, out Rune prefix, out int used) != System.Buffers.OperationStatus.Done
            || !TryDecodeRaw((MultibaseEncoding)prefix.Value, text[used..], bytesMax, out bytes))
        {
            return false;
        }

        encoding = (MultibaseEncoding)prefix.Value;
        return true;
    }

    /// <summary>Reads text of a known alphabet without prefix.</summary>
    /// <param name="encoding">The alphabet.</param>
    /// <param name="text">Digits only.</param>
    /// <param name="bytesMax">Longer results are refused before they are allocated.</param>
    /// <param name="bytes">The bytes, empty when refused.</param>
    public static bool TryDecodeRaw(MultibaseEncoding encoding, ReadOnlySpan<char> text, int bytesMax, out byte[] bytes)
    {
        bytes = [];
        if (encoding == MultibaseEncoding.Base256Emoji)
        {
            return MultibaseEmoji.TryDecode(text, bytesMax, out bytes);
        }

        MultibaseAlphabet? alphabet = MultibaseAlphabet.Find(encoding);
        return alphabet is not null && (alphabet.BitsPerDigit > 0
            ? TryDecodeBits(alphabet, text, bytesMax, out bytes)
            : TryDecodeNumber(alphabet, text, Math.Min(bytesMax, BigNumberBytesMax), out bytes));
    }

    private static string EncodeBits(MultibaseAlphabet alphabet, ReadOnlySpan<byte> bytes)
    {
        int width = alphabet.BitsPerDigit;
        StringBuilder text = new((int)(((bytes.Length * 8L) + width - 1) / width) + 8);
        uint pending = 0;
        int bits = 0;
        foreach (byte b in bytes)
        {
            pending = ((pending & 0xff) << 8) | b; // never more than 7 bits wait
            for (bits += 8; bits >= width; bits -= width)
            {
                text.Append(alphabet.Digits[(int)(pending >> (bits - width)) & ((1 << width) - 1)]);
            }
        }

        if (bits > 0)
        {
            text.Append(alphabet.Digits[(int)(pending << (width - bits)) & ((1 << width) - 1)]);
        }

        while (alphabet.Padded && text.Length % alphabet.GroupDigits != 0)
        {
            text.Append('=');
        }

        return text.ToString();
    }

    private static bool TryDecodeBits(MultibaseAlphabet alphabet, ReadOnlySpan<char> text, int bytesMax, out byte[] bytes)
    {
        bytes = [];
        int width = alphabet.BitsPerDigit;
        if (alphabet.Padded)
        {
            int whole = text.Length;
            text = text.TrimEnd('=');
            if (whole % alphabet.GroupDigits != 0 || whole - text.Length >= alphabet.GroupDigits)
            {
                return false;
            }
        }

        long length = text.Length * (long)width / 8;
        int spare = (int)(text.Length * (long)width % 8);
        if (length > bytesMax || spare >= width)
        {
            return false; // a whole spare digit is one no encoder writes
        }

        byte[] result = new byte[(int)length];
        int at = 0;
        int bits = 0;
        uint pending = 0;
        foreach (char c in text)
        {
            int value = alphabet.ValueOf(c);
            if (value < 0)
            {
                return false;
            }

            pending = ((pending & 0xff) << width) | (uint)value;
            bits += width;
            if (bits >= 8)
            {
                bits -= 8;
                result[at++] = (byte)((pending >> bits) & 0xff);
            }
        }

        if ((pending & ((1u << bits) - 1)) != 0)
        {
            return false;
        }

        bytes = result;
        return true;
    }

    private static string EncodeNumber(MultibaseAlphabet alphabet, ReadOnlySpan<byte> bytes)
    {
        int zeros = bytes.IndexOfAnyExcept((byte)0);
        zeros = zeros < 0 ? bytes.Length : zeros;
        int radix = alphabet.Digits.Length;
        byte[] digits = new byte[(bytes.Length * 8 / 3) + 1]; // radix is at least 8
        int used = 0;
        foreach (byte b in bytes[zeros..])
        {
            int carry = b;
            for (int i = 0; i < used || carry != 0; i++)
            {
                carry += digits[i] << 8;
                digits[i] = (byte)(carry % radix);
                carry /= radix;
                used = Math.Max(used, i + 1);
            }
        }

        char[] text = new char[zeros + used];
        Array.Fill(text, alphabet.Digits[0], 0, zeros);
        for (int i = 0; i < used; i++)
        {
            text[zeros + i] = alphabet.Digits[digits[used - 1 - i]];
        }

        return new string(text);
    }

    private static bool TryDecodeNumber(MultibaseAlphabet alphabet, ReadOnlySpan<char> text, int bytesMax, out byte[] bytes)
    {
        bytes = [];
        int zeros = text.IndexOfAnyExcept(alphabet.Digits[0]);
        zeros = zeros < 0 ? text.Length : zeros;
        int count = text.Length - zeros;
        int radix = alphabet.Digits.Length;

        // The value is at least radix^(count-1): refuse before the quadratic part. The small slack keeps rounding on the safe side.
        double bytesLeast = count == 0 ? zeros : zeros + Math.Floor((count - 1) * Math.Log(radix, 256) * 0.999999) + 1;
        if (bytesMax < 0 || bytesLeast > bytesMax)
        {
            return false;
        }

        byte[] number = new byte[Math.Min(count, bytesMax - zeros)]; // little endian; no digit is worth more than a byte
        int used = 0;
        foreach (char c in text[zeros..])
        {
            int carry = alphabet.ValueOf(c);
            if (carry < 0)
            {
                return false;
            }

            for (int i = 0; i < used || carry != 0; i++)
            {
                if (i == number.Length)
                {
                    return false;
                }

                carry += number[i] * radix;
                number[i] = (byte)(carry & 0xff);
                carry >>= 8;
                used = Math.Max(used, i + 1);
            }
        }

        bytes = new byte[zeros + used];
        number.AsSpan(0, used).CopyTo(bytes.AsSpan(zeros));
        bytes.AsSpan(zeros).Reverse();
        return true;
    }
}
