using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;
using P2P.Transport.Memory;
using P2P.Transport.Tcp;

namespace P2P.Node;

/// <summary>Where a node listens when nothing is said: the addresses of the chosen interfaces, or every address of the machine.</summary>
internal static class NodeAddresses
{
    /// <summary>The addresses to listen on; where the options name none, at the port of the last run, and in memory at any.</summary>
    /// <exception cref="P2PException">A named interface does not exist or is down.</exception>
    public static IReadOnlyList<Multiaddr> ToListen(P2POptions options)
    {
        if (options.Listen.Count > 0)
        {
            return options.Listen;
        }

        IPAddress[] addresses = options.Interfaces.Count > 0 ? [.. options.Interfaces.SelectMany(AddressesOf).Distinct()]
            : Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any]
            : [IPAddress.Any];
        int port = options.DataDirectory is string directory ? LastPort.Choose(addresses, directory, options.Chance) : 0;
        return [.. addresses.Select(a => Multiaddr.FromTcp(new IPEndPoint(a, port)))];
    }

    /// <summary>The transports of a node.</summary>
    public static IReadOnlyList<ITransport> Transports(P2POptions options)
    {
        TcpTransport tcp = new();
        DnsTransport names = new(tcp, options.Time, options.Spawner);
        DnsAddrTransport lists = new([tcp, names], new TransportRuntime(options.Time, options.Spawner, options.Chance, NullLogger.Instance));
        return options.Memory is MemoryNetwork memory ? [tcp, names, lists, new MemoryTransport(memory)] : [tcp, names, lists];
    }

    /// <summary>Whether everything this node can be reached at is the machine itself.</summary>
    public static bool OnlyLoopback(IReadOnlyList<Multiaddr> listening) =>
        listening.All(static a => a.TryGetMemory(out _) || (a.TryGetTcp(out IPEndPoint? endPoint) && IPAddress.IsLoopback(endPoint!.Address)));

    private static IEnumerable<IPAddress> AddressesOf(string name)
    {
        NetworkInterface[] all = NetworkInterface.GetAllNetworkInterfaces();
        NetworkInterface found = Array.Find(all, i => i.Name == name)
            ?? throw new P2PException(NodeError.NoInterface, $"There is no network interface '{name}'; this machine has {string.Join(", ", all.Select(static i => i.Name))}.");

        // Not link-local IPv6: it means nothing without the name of the other side's interface, which does not travel in a multiaddr.
        IPAddress[] addresses = [.. found.GetIPProperties().UnicastAddresses.Select(static a => a.Address).Where(static a => !a.IsIPv6LinkLocal)];
        return addresses.Length > 0
            ? addresses
            : throw new P2PException(NodeError.NoInterface, $"The network interface '{name}' has no address that others could dial; bring it up or choose another.");
    }
}
