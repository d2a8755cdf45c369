namespace P2P.Core.Multiformats;

/// <summary>The multibase alphabets that are understood; the value is the prefix character.</summary>
public enum MultibaseEncoding
{
    /// <summary>Nothing; refused everywhere.</summary>
    None = 0,

    /// <summary>Lower-case hexadecimal, prefix <c>f</c>.</summary>
    Base16 = 'f',

    /// <summary>Upper-case hexadecimal, prefix <c>F</c>.</summary>
    Base16Upper = 'F',

    /// <summary>RFC 4648 lower case without padding, prefix <c>b</c>; the default of CIDv1.</summary>
    Base32 = 'b',

    /// <summary>RFC 4648 upper case without padding, prefix <c>B</c>.</summary>
    Base32Upper = 'B',

    /// <summary>Lower-case base 36, prefix <c>k</c>.</summary>
    Base36 = 'k',

    /// <summary>Upper-case base 36, prefix <c>K</c>.</summary>
    Base36Upper = 'K',

    /// <summary>Bitcoin's base 58, prefix <c>z</c>.</summary>
    Base58Btc = 'z',

    /// <summary>RFC 4648 standard alphabet without padding, prefix <c>m</c>.</summary>
    Base64 = 'm',

    /// <summary>RFC 4648 URL alphabet without padding, prefix <c>u</c>.</summary>
    Base64Url = 'u',
}
