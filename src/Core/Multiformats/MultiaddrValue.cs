using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Unicode;
using P2P.Core.Identity;

namespace P2P.Core.Multiformats;

/// <summary>What a component's value may be, and its text form. Binary and text reading go through the same check.</summary>
internal static class MultiaddrValue
{
    private const int NameBytesMax = 255; // the longest name DNS can carry

    /// <summary>Fixed size of the value in bytes, or <see cref="Variable"/>, or <see cref="Unknown"/>.</summary>
    public const int Variable = -1;

    /// <summary>The code is not one of ours.</summary>
    public const int Unknown = -2;

    /// <summary>Size of the value of <paramref name="protocol"/>.</summary>
    public static int SizeOf(MultiaddrProtocol protocol) => protocol switch
    {
        MultiaddrProtocol.Ip4 => 4,
        MultiaddrProtocol.Ip6 => 16,
        MultiaddrProtocol.Tcp or MultiaddrProtocol.Udp => 2,
        MultiaddrProtocol.IpCidr => 1,
        MultiaddrProtocol.Memory => 8,
        MultiaddrProtocol.Ip6Zone or MultiaddrProtocol.Dns or MultiaddrProtocol.Dns4 or MultiaddrProtocol.Dns6
            or MultiaddrProtocol.DnsAddr or MultiaddrProtocol.Unix or MultiaddrProtocol.P2P or MultiaddrProtocol.Sni
            or MultiaddrProtocol.CertHash or MultiaddrProtocol.HttpPath => Variable,
        _ => MultiaddrNames.Find(protocol) is null ? Unknown : 0,
    };

    /// <summary>Whether the bytes may stand behind <paramref name="protocol"/>, so that text made from them reads back as the same bytes.</summary>
    public static bool IsValid(MultiaddrProtocol protocol, ReadOnlySpan<byte> value)
    {
        switch (protocol)
        {
            case MultiaddrProtocol.IpCidr:
                return value[0] <= 128;
            case MultiaddrProtocol.P2P:
                return PeerId.TryRead(value, out _);
            case MultiaddrProtocol.CertHash:
                return Multihash.TryRead(value, out _, out int used) && used == value.Length;
            case MultiaddrProtocol.Ip6Zone or MultiaddrProtocol.Dns or MultiaddrProtocol.Dns4 or MultiaddrProtocol.Dns6
                or MultiaddrProtocol.DnsAddr or MultiaddrProtocol.Sni:
                return value.Length <= NameBytesMax && IsText(value) && !value.Contains((byte)'/');
            case MultiaddrProtocol.Unix:
                return value.Length > 1 && value[0] == '/' && IsText(value);
            case MultiaddrProtocol.HttpPath:
                return value.Length > 0 && Utf8.IsValid(value);
            default:
                return true;
        }
    }

    /// <summary>Reads a value's text into bytes; the caller checks <see cref="IsValid"/>.</summary>
    public static bool TryParse(MultiaddrProtocol protocol, ReadOnlySpan<char> text, out byte[] value)
    {
        value = [];
        switch (protocol)
        {
            case MultiaddrProtocol.Ip4:
                return TryParseIp(text, AddressFamily.InterNetwork, out value);
            case MultiaddrProtocol.Ip6:
                return TryParseIp(text, AddressFamily.InterNetworkV6, out value);
            case MultiaddrProtocol.Tcp or MultiaddrProtocol.Udp:
                return TryParseNumber(text, ushort.MaxValue, 2, out value);
            case MultiaddrProtocol.IpCidr:
                return TryParseNumber(text, 128, 1, out value);
            case MultiaddrProtocol.Memory:
                return TryParseNumber(text, ulong.MaxValue, 8, out value);
            case MultiaddrProtocol.P2P when PeerId.TryParse(text, out PeerId peer):
                value = peer.Bytes.ToArray();
                return true;
            case MultiaddrProtocol.P2P:
                return false;
            case MultiaddrProtocol.CertHash:
                return Multibase.TryDecode(text, Multihash.DigestBytesMax + 20, out value, out _);
            case MultiaddrProtocol.HttpPath:
                return TryUnescape(text, out value);
            default:
                return TryUtf8(text, out value);
        }
    }

    /// <summary>Appends the text of a valid value.</summary>
    public static void Append(StringBuilder text, MultiaddrProtocol protocol, ReadOnlySpan<byte> value)
    {
        switch (protocol)
        {
            case MultiaddrProtocol.Ip4 or MultiaddrProtocol.Ip6:
                text.Append(new IPAddress(value));
                break;
            case MultiaddrProtocol.Tcp or MultiaddrProtocol.Udp:
                text.Append(BinaryPrimitives.ReadUInt16BigEndian(value));
                break;
            case MultiaddrProtocol.IpCidr:
                text.Append(value[0]);
                break;
            case MultiaddrProtocol.Memory:
                text.Append(BinaryPrimitives.ReadUInt64BigEndian(value));
                break;
            case MultiaddrProtocol.P2P:
                text.Append(Multibase.EncodeRaw(MultibaseEncoding.Base58Btc, value));
                break;
            case MultiaddrProtocol.CertHash:
                text.Append(Multibase.Encode(MultibaseEncoding.Base64Url, value));
                break;
            case MultiaddrProtocol.HttpPath:
                Escape(text, value);
                break;
            default:
                text.Append(System.Text.Encoding.UTF8.GetString(value));
                break;
        }
    }

    private static bool IsText(ReadOnlySpan<byte> value) =>
        !value.IsEmpty && Utf8.IsValid(value) && !value.ContainsAnyInRange((byte)0, (byte)' ') && !value.Contains((byte)0x7f);

    private static bool TryParseIp(ReadOnlySpan<char> text, AddressFamily family, out byte[] value)
    {
        value = [];
        bool six = family == AddressFamily.InterNetworkV6;

        // The library also reads "[::1]:80", zones, hexadecimal and octal octets and short forms such as "127.1".
        if (text.Length > 45 || text.ContainsAnyExcept(six ? "0123456789abcdefABCDEF:." : "0123456789.")
            || !IPAddress.TryParse(text, out IPAddress? address) || address.AddressFamily != family)
        {
            return false;
        }

        if (!six && !text.SequenceEqual(address.ToString()))
        {
            return false;
        }

        value = address.GetAddressBytes();
        return true;
    }

    private static bool TryParseNumber(ReadOnlySpan<char> text, ulong max, int size, out byte[] value)
    {
        value = [];
        if (text.Length > 20 || (text.Length > 1 && text[0] == '0')
            || !ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) || number > max)
        {
            return false;
        }

        Span<byte> wide = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(wide, number);
        value = wide[(8 - size)..].ToArray();
        return true;
    }

    private static bool TryUtf8(ReadOnlySpan<char> text, out byte[] value)
    {
        value = new byte[text.Length * 3];
        OperationStatus status = Utf8.FromUtf16(text, value, out _, out int written, replaceInvalidSequences: false);
        value = value[..written];
        return status == OperationStatus.Done;
    }

    private static bool TryUnescape(ReadOnlySpan<char> text, out byte[] value)
    {
        if (!TryUtf8(text, out value))
        {
            return false;
        }

        int to = 0;
        for (int from = 0; from < value.Length; from++)
        {
            byte b = value[from];
            if (b == '%')
            {
                if (value.Length - from < 3 || !char.IsAsciiHexDigit((char)value[from + 1]) || !char.IsAsciiHexDigit((char)value[from + 2]))
                {
                    return false;
                }

                b = (byte)((HexValue(value[from + 1]) << 4) | HexValue(value[from + 2]));
                from += 2;
            }

            value[to++] = b;
        }

        value = value[..to];
        return true;
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    private static void Escape(StringBuilder text, ReadOnlySpan<byte> value)
    {
        foreach (byte b in value)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || "-_.~$&+=:@".Contains((char)b, StringComparison.Ordinal))
            {
                text.Append((char)b);
            }
            else
            {
                text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }
    }
}
