namespace P2P.Core.Multiformats;

/// <summary>The multibase alphabets that are understood; the value is the code point of the prefix character.</summary>
/// <remarks>Spec: multiformats multibase. Prefixes of reserved or experimental forms that no vector covers are not read.</remarks>
public enum MultibaseEncoding
{
    /// <summary>Nothing; refused everywhere.</summary>
    None = 0,

    /// <summary>Binary digits, prefix <c>0</c>.</summary>
    Base2 = '0',

    /// <summary>Octal digits, prefix <c>7</c>.</summary>
    Base8 = '7',

    /// <summary>Decimal digits, prefix <c>9</c>.</summary>
    Base10 = '9',

    /// <summary>Lower-case hexadecimal, prefix <c>f</c>.</summary>
    Base16 = 'f',

    /// <summary>Upper-case hexadecimal, prefix <c>F</c>.</summary>
    Base16Upper = 'F',

    /// <summary>RFC 4648 lower case without padding, prefix <c>b</c>; the default of CIDv1.</summary>
    Base32 = 'b',

    /// <summary>RFC 4648 upper case without padding, prefix <c>B</c>.</summary>
    Base32Upper = 'B',

    /// <summary>RFC 4648 lower case with padding, prefix <c>c</c>.</summary>
    Base32Pad = 'c',

    /// <summary>RFC 4648 upper case with padding, prefix <c>C</c>.</summary>
    Base32PadUpper = 'C',

    /// <summary>RFC 4648 extended hex alphabet, lower case without padding, prefix <c>v</c>.</summary>
    Base32Hex = 'v',

    /// <summary>RFC 4648 extended hex alphabet, upper case without padding, prefix <c>V</c>.</summary>
    Base32HexUpper = 'V',

    /// <summary>RFC 4648 extended hex alphabet, lower case with padding, prefix <c>t</c>.</summary>
    Base32HexPad = 't',

    /// <summary>RFC 4648 extended hex alphabet, upper case with padding, prefix <c>T</c>.</summary>
    Base32HexPadUpper = 'T',

    /// <summary>z-base-32, prefix <c>h</c>.</summary>
    Base32Z = 'h',

    /// <summary>Lower-case base 36, prefix <c>k</c>.</summary>
    Base36 = 'k',

    /// <summary>Upper-case base 36, prefix <c>K</c>.</summary>
    Base36Upper = 'K',

    /// <summary>Flickr's base 58, prefix <c>Z</c>.</summary>
    Base58Flickr = 'Z',

    /// <summary>Bitcoin's base 58, prefix <c>z</c>.</summary>
    Base58Btc = 'z',

    /// <summary>RFC 4648 standard alphabet without padding, prefix <c>m</c>.</summary>
    Base64 = 'm',

    /// <summary>RFC 4648 standard alphabet with padding, prefix <c>M</c>.</summary>
    Base64Pad = 'M',

    /// <summary>RFC 4648 URL alphabet without padding, prefix <c>u</c>.</summary>
    Base64Url = 'u',

    /// <summary>RFC 4648 URL alphabet with padding, prefix <c>U</c>.</summary>
    Base64UrlPad = 'U',

    /// <summary>One emoji per byte, prefix U+1F680.</summary>
    Base256Emoji = 0x1F680,
}
