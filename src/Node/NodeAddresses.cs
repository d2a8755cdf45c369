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
    /// <summary>The addresses to listen on, port 0 where the options name none.</summary>
    /// <exception cref="P2PException">A named interface does not exist or is down.</exception>
    public static IReadOnlyList<Multiaddr> ToListen(P2POptions options)
    {
        if (options.Listen.Count > 0)
        {
            return options.Listen;
        }

        if (options.Interfaces.Count == 0)
        {
            IPAddress[] any = Socket.OSSupportsIPv6 ? [IPAddress.Any, IPAddress.IPv6Any] : [IPAddress.Any];
            return [.. any.Select(static a => Multiaddr.FromTcp(new IPEndPoint(a, 0)))];
        }

        return [.. options.Interfaces.SelectMany(AddressesOf).Select(static a => Multiaddr.FromTcp(new IPEndPoint(a, 0)))];
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
