using System.Net;
using P2P.Core.Multiformats;
using P2P.Transport.Peers;

namespace P2P.Transport.Discovery;

/// <summary>Which addresses travel by multicast, out and in. Pure.</summary>
internal static class MdnsAddresses
{
    /// <summary>The IP address an address starts with.</summary>
    public static bool TryGetHost(Multiaddr address, out IPAddress? host)
    {
        host = null;
        foreach (MultiaddrComponent component in address.Components)
        {
            if (component.Protocol == MultiaddrProtocol.Ip6Zone)
            {
                continue;
            }

            if (component.Protocol is MultiaddrProtocol.Ip4 or MultiaddrProtocol.Ip6)
            {
                host = new IPAddress(component.Value.Span);
            }

            break;
        }

        return host is not null;
    }

    /// <summary>
    /// Of our addresses those that somebody on this link can dial: their IP belongs to the interface. Web and relay kinds stay out, as go leaves them
    /// out (go #3415: the packet outgrew 1,472 bytes and nobody was found).
    /// </summary>
    public static List<Multiaddr> ForLink(IReadOnlyList<Multiaddr> own, MdnsLink link)
    {
        List<Multiaddr> chosen = [];
        foreach (Multiaddr address in own)
        {
            if (!IsWebOrRelay(address) && TryGetHost(address, out IPAddress? host) && host is not null && link.Owns(host))
            {
                chosen.Add(address.WithoutPeer());
            }
        }

        return chosen;
    }

    /// <summary>
    /// Whether an address heard on a link is believed: loopback only on loopback, private ones, public ones only if the packet came from there
    /// or they are neighbours by their prefix (an IPv6 LAN speaks from link-local addresses about its public ones). Otherwise a forged packet would
    /// make us dial anybody in the world.
    /// </summary>
    public static bool IsBelievable(Multiaddr address, MdnsLink link, IPAddress source) => AddressRules.Classify(address) switch
    {
        AddressScope.Loopback => link.IsLoopback && TryGetHost(address, out _),
        AddressScope.Private => true,
        AddressScope.Public => TryGetHost(address, out IPAddress? host) && (source.Equals(host) || link.SharesPrefix(host!)),
        _ => false,
    };

    private static bool IsWebOrRelay(Multiaddr address)
    {
        foreach (MultiaddrComponent component in address.Components)
        {
            if (component.Protocol is MultiaddrProtocol.P2PCircuit or MultiaddrProtocol.Ws or MultiaddrProtocol.Wss or MultiaddrProtocol.WebTransport
                or MultiaddrProtocol.WebRtc or MultiaddrProtocol.WebRtcDirect)
            {
                return true;
            }
        }

        return false;
    }
}
