using System.Net;
using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Discovery;

/// <summary>What we announce on one link.</summary>
/// <param name="Peer">Who we are.</param>
/// <param name="Label">Our instance label: random, 32 to 63 lower-case letters and digits, never the peer id.</param>
/// <param name="Addresses">Dialable from that link, without <c>/p2p</c>.</param>
/// <param name="Ttl">Life in caches.</param>
internal sealed record MdnsSelf(PeerId Peer, string Label, IReadOnlyList<Multiaddr> Addresses, TimeSpan Ttl)
{
    /// <summary>Most A and AAAA records: go only needs one, and each costs room for addresses that matter.</summary>
    private const int HostsMax = 4;

    /// <summary>The IP addresses among <see cref="Addresses"/>, for A and AAAA.</summary>
    public IReadOnlyList<IPAddress> Hosts { get; } = HostsOf(Addresses);

    /// <summary>For SRV, which readers ignore but go insists on: our first TCP port, else the dummy 4001 of go.</summary>
    public ushort Port { get; } = PortOf(Addresses);

    private static List<IPAddress> HostsOf(IReadOnlyList<Multiaddr> addresses)
    {
        List<IPAddress> hosts = [];
        foreach (Multiaddr address in addresses)
        {
            if (hosts.Count < HostsMax && MdnsAddresses.TryGetHost(address, out IPAddress? host) && host is not null && !hosts.Contains(host))
            {
                hosts.Add(host);
            }
        }

        return hosts;
    }

    private static ushort PortOf(IReadOnlyList<Multiaddr> addresses)
    {
        foreach (Multiaddr address in addresses)
        {
            if (address.TryGetTcp(out IPEndPoint? endPoint) && endPoint is not null)
            {
                return (ushort)endPoint.Port;
            }
        }

        return 4001;
    }
}
