using System.Buffers.Binary;
using System.Text;
using P2P.Core.Multiformats;

namespace P2P.Transport.Peers;

/// <summary>Classes of addresses and who may be told which. Pure and thread-safe; never throws on input.</summary>
/// <remarks>Spec: libp2p wire, sections 10 and 18 (the classes of go-multiaddr).</remarks>
public static class AddressRules
{
    /// <summary>The scope of an address: that of its first host; a relayed address counts by its relay.</summary>
    /// <param name="address">Any address.</param>
    public static AddressScope Classify(Multiaddr address)
    {
        ArgumentNullException.ThrowIfNull(address);
        foreach (MultiaddrComponent component in address.Components)
        {
            ReadOnlySpan<byte> value = component.Value.Span;
            switch (component.Protocol)
            {
                case MultiaddrProtocol.Ip6Zone:
                    continue;
                case MultiaddrProtocol.Ip4:
                    return Classify4(BinaryPrimitives.ReadUInt32BigEndian(value));
                case MultiaddrProtocol.Ip6:
                    return Classify6(value);
                case MultiaddrProtocol.Dns or MultiaddrProtocol.Dns4 or MultiaddrProtocol.Dns6 or MultiaddrProtocol.DnsAddr:
                    return ClassifyName(value);
                case MultiaddrProtocol.Memory:
                    return AddressScope.Loopback;
                default:
                    return AddressScope.None;
            }
        }

        return AddressScope.None;
    }

    /// <summary>Whether the host is a name that somebody would have to look up.</summary>
    /// <param name="address">Any address.</param>
    public static bool IsName(Multiaddr address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.Components.Count > 0
            && address.Components[0].Protocol is MultiaddrProtocol.Dns or MultiaddrProtocol.Dns4 or MultiaddrProtocol.Dns6 or MultiaddrProtocol.DnsAddr;
    }

    /// <summary>
    /// Whether an address makes sense between us and a remote that we see in <paramref name="remote"/>, in either direction: it decides what we
    /// tell and what we believe. A remote on this machine gets all; one on the local network no loopback; one on the internet only public ones.
    /// </summary>
    /// <param name="address">Scope of the address told.</param>
    /// <param name="remote">Scope of the remote end of the connection.</param>
    public static bool Useful(AddressScope address, AddressScope remote) => remote switch
    {
        AddressScope.Loopback => address != AddressScope.None,
        AddressScope.Private => address is AddressScope.Private or AddressScope.Public,
        AddressScope.Public => address == AddressScope.Public,
        _ => false,
    };

    /// <summary>The addresses of <paramref name="addresses"/> that are <see cref="Useful"/>, in their order.</summary>
    /// <param name="addresses">Any addresses.</param>
    /// <param name="remote">Scope of the remote end.</param>
    public static List<Multiaddr> KeepUseful(IReadOnlyList<Multiaddr> addresses, AddressScope remote)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        List<Multiaddr> kept = new(addresses.Count);
        foreach (Multiaddr address in addresses)
        {
            if (Useful(Classify(address), remote))
            {
                kept.Add(address);
            }
        }

        return kept;
    }

    private static AddressScope Classify4(uint ip) => ip switch
    {
        _ when In(ip, 0x7F00_0000, 8) => AddressScope.Loopback,
        _ when In(ip, 0x0A00_0000, 8) || In(ip, 0xAC10_0000, 12) || In(ip, 0xC0A8_0000, 16)
            || In(ip, 0xA9FE_0000, 16) || In(ip, 0x6440_0000, 10) => AddressScope.Private, // 100.64/10, carrier-grade NAT, is nobody's public address
        _ when In(ip, 0x0000_0000, 8) || In(ip, 0xC000_0000, 26) || In(ip, 0xC000_0200, 24) || In(ip, 0xC058_6300, 24)
            || In(ip, 0xC612_0000, 15) || In(ip, 0xC633_6400, 24) || In(ip, 0xCB00_7100, 24) || ip >= 0xE000_0000 => AddressScope.None,
        _ => AddressScope.Public,
    };

    private static AddressScope Classify6(ReadOnlySpan<byte> ip)
    {
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(ip);
        ulong low = BinaryPrimitives.ReadUInt64BigEndian(ip[8..]);
        if (high == 0)
        {
            // ::1, and ::ffff:a.b.c.d, which a dual-stack socket reports for an IPv4 remote.
            return low == 1 ? AddressScope.Loopback
                : low >> 32 == 0xFFFF ? Classify4((uint)(low & 0xFFFF_FFFF))
                : AddressScope.None;
        }

        if ((ip[0] & 0xFE) == 0xFC || (ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80))
        {
            return AddressScope.Private;
        }

        bool nat64 = (high == 0x0064_FF9B_0000_0000 && low >> 32 == 0) || high >> 16 == 0x0064_FF9B_0001;
        bool documentation = high >> 32 == 0x2001_0DB8;
        return nat64 || ((ip[0] & 0xE0) == 0x20 && !documentation) ? AddressScope.Public : AddressScope.None;
    }

    private static AddressScope ClassifyName(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > 253)
        {
            return AddressScope.None;
        }

        string text = Encoding.Latin1.GetString(name).TrimEnd('.').ToLowerInvariant();
        if (text == "localhost" || text.EndsWith(".localhost", StringComparison.Ordinal))
        {
            return AddressScope.Loopback;
        }

        bool isPrivate = text.EndsWith(".local", StringComparison.Ordinal) || text.EndsWith(".home.arpa", StringComparison.Ordinal);
        bool isNowhere = text.EndsWith(".test", StringComparison.Ordinal) || text.EndsWith(".invalid", StringComparison.Ordinal)
            || text.EndsWith(".in-addr.arpa", StringComparison.Ordinal) || text.EndsWith(".ip6.arpa", StringComparison.Ordinal);
        return isPrivate ? AddressScope.Private : isNowhere ? AddressScope.None : AddressScope.Public;
    }

    private static bool In(uint ip, uint network, int bits) => (ip ^ network) >> (32 - bits) == 0;
}
