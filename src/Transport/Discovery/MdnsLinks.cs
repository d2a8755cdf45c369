using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace P2P.Transport.Discovery;

/// <summary>Reads the interfaces of this machine.</summary>
internal static class MdnsLinks
{
    /// <summary>The links to use now: every interface that is up, or exactly the named ones.</summary>
    public static List<MdnsLink> Scan(MdnsOptions options)
    {
        List<MdnsLink> links = [];
        foreach (NetworkInterface nic in NetworkInterface.GetAllNetworkInterfaces())
        {
            // "Unknown" is what Linux says of lo and of tunnels that are up. SupportsMulticast is not asked: .NET says no for lo, where a join works.
            bool usable = nic.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown;
            if (usable && (options.Interfaces.Count == 0 || options.Interfaces.Contains(nic.Name)))
            {
                AddLinks(nic, options.IPv6, links);
            }
        }

        return links;
    }

    /// <summary>Names of all interfaces, for messages to people.</summary>
    public static string Names() => string.Join(", ", NetworkInterface.GetAllNetworkInterfaces().Select(static n => n.Name));

    private static void AddLinks(NetworkInterface nic, bool withIPv6, List<MdnsLink> links)
    {
        IPInterfaceProperties properties = nic.GetIPProperties();
        List<MdnsLinkAddress> addresses = [];
        foreach (UnicastIPAddressInformation unicast in properties.UnicastAddresses)
        {
            // Without scope id, so that addresses compare by their bytes.
            addresses.Add(new MdnsLinkAddress(new IPAddress(unicast.Address.GetAddressBytes()), unicast.PrefixLength));
        }

        bool isLoopback = nic.NetworkInterfaceType == NetworkInterfaceType.Loopback;
        if (addresses.Exists(static a => a.Address.AddressFamily == AddressFamily.InterNetwork) && nic.Supports(NetworkInterfaceComponent.IPv4))
        {
            links.Add(new MdnsLink(properties.GetIPv4Properties().Index, nic.Name, AddressFamily.InterNetwork, isLoopback, addresses));
        }

        if (withIPv6 && addresses.Exists(static a => a.Address.AddressFamily == AddressFamily.InterNetworkV6) && nic.Supports(NetworkInterfaceComponent.IPv6))
        {
            links.Add(new MdnsLink(properties.GetIPv6Properties().Index, nic.Name, AddressFamily.InterNetworkV6, isLoopback, addresses));
        }
    }
}
