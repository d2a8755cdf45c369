using System.Buffers.Binary;
using System.Net;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Dht.Wire;

namespace P2P.Dht.Routing;

/// <summary>Which addresses are told and believed: on a LAN private ones too, loopback only when all nodes share a machine.</summary>
/// <remarks>Spec: libp2p-wire §14 and §18, trap 16.</remarks>
internal sealed class AddressRules(bool allowLoopback, bool allowPrivate = true)
{
    /// <summary>The addresses of a peer that may be told or dialled, without <c>/p2p</c>, at most 8, none twice.</summary>
    public List<Multiaddr> Keep(PeerId peer, IReadOnlyList<Multiaddr> addresses)
    {
        List<Multiaddr> result = [];
        foreach (Multiaddr address in addresses)
        {
            if (result.Count >= KadWire.AddressesMax)
            {
                break;
            }

            // An address that ends in somebody else's id would send the dialler to that somebody.
            PeerId named = address.PeerId;
            Multiaddr plain = address.WithoutPeer();
            if ((named.IsNone || named == peer) && Allows(plain) && !result.Contains(plain))
            {
                result.Add(plain);
            }
        }

        return result;
    }

    /// <summary>Public IP groups of addresses: IPv4 /16 (/8 below 128), IPv6 /32. Private ones have none: the diversity rule is for the open net.</summary>
    public static List<ulong> GroupsOf(IReadOnlyList<Multiaddr> addresses)
    {
        List<ulong> groups = [];
        foreach (Multiaddr address in addresses)
        {
            if (TryGetIp(address, out ReadOnlySpan<byte> ip) && GroupOf(ip) is ulong group && !groups.Contains(group))
            {
                groups.Add(group);
            }
        }

        return groups;
    }

    private static ulong? GroupOf(ReadOnlySpan<byte> ip)
    {
        if (ip.Length == 4)
        {
            bool isPrivate = ip[0] is 0 or 10 or 127 or >= 224
                || (ip[0] == 100 && (ip[1] & 0xc0) == 64)
                || (ip[0] == 172 && (ip[1] & 0xf0) == 16)
                || (ip[0] == 192 && ip[1] == 168)
                || (ip[0] == 169 && ip[1] == 254);
            return isPrivate ? null : ip[0] < 128 ? ip[0] : 0x1_0000u + BinaryPrimitives.ReadUInt16BigEndian(ip);
        }

        bool isPublic6 = (ip[0] & 0xe0) == 0x20; // 2000::/3
        return isPublic6 ? (1UL << 32) + BinaryPrimitives.ReadUInt32BigEndian(ip) : null;
    }

    private static bool TryGetIp(Multiaddr address, out ReadOnlySpan<byte> ip)
    {
        MultiaddrComponent first = address.Components.Count > 0 ? address.Components[0] : default;
        ip = first.Value.Span;
        return (first.Protocol == MultiaddrProtocol.Ip4 && ip.Length == 4) || (first.Protocol == MultiaddrProtocol.Ip6 && ip.Length == 16);
    }

    private bool Allows(Multiaddr address)
    {
        if (address.Components.Count == 0 || (!allowPrivate && Transport.Peers.AddressRules.Classify(address) != Transport.Peers.AddressScope.Public))
        {
            return false;
        }

        if (!TryGetIp(address, out ReadOnlySpan<byte> ip))
        {
            return address.Components[0].Protocol != MultiaddrProtocol.Memory || allowLoopback;
        }

        IPAddress parsed = new(ip);
        bool unspecified = parsed.Equals(IPAddress.Any) || parsed.Equals(IPAddress.IPv6Any);
        return !unspecified && (allowLoopback || !IPAddress.IsLoopback(parsed));
    }
}
