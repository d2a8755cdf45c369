using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;

namespace P2P.Cli.Doctor;

/// <summary>Interfaces, multicast and ports of this machine; none of it needs or disturbs a running node.</summary>
internal static class NetworkChecks
{
    private const int MdnsPort = 5353;

    public static CheckResult Interfaces(IReadOnlyList<string> wanted)
    {
        NetworkInterface[] up = [.. NetworkInterface.GetAllNetworkInterfaces().Where(static n => n.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)];
        string[] absent = [.. wanted.Where(w => !up.Any(n => n.Name == w))];
        string text = string.Join(", ", up.Where(n => wanted.Count == 0 || wanted.Contains(n.Name)).Select(Describe));
        return absent.Length > 0 ? CheckResult.Problem("interfaces", $"not there or not up: {string.Join(", ", absent)}", $"Choose from {string.Join(", ", up.Select(static n => n.Name))} with --interface.")
            : text.Length == 0 ? CheckResult.Problem("interfaces", "none is up", "Connect this machine to a network; --interface lo works on this machine alone.")
            : CheckResult.Ok("interfaces", text);
    }

    /// <summary>Asks for peers by multicast, says nothing about itself, and listens.</summary>
    public static async Task<CheckResult> MdnsAsync(IReadOnlyList<string> interfaces, TimeSpan listen, CancellationToken cancellationToken, int port = MdnsPort)
    {
        const string name = "mDNS";
        using PrivateKey nobody = PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance);
        TransportRuntime runtime = new(SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);
        MdnsOptions options = new() { Interfaces = interfaces, Port = port, QueryInterval = TimeSpan.FromSeconds(1) };
        MdnsState state;
        await using (MdnsLoop loop = new(nobody.PublicKey.PeerId, static () => Array.Empty<Multiaddr>(), options, runtime))
        {
            await loop.StartAsync(cancellationToken);
            await Task.Delay(listen, SystemTime.Provider, cancellationToken);
            state = loop.State;
        }

        string others = string.Join("; ", PortHolder.Find("udp", port));
        string seen = Text($"sent {state.Statistics.QueriesSent} queries on {string.Join(", ", state.Interfaces)}, heard {state.Statistics.PacketsReceived} packets, {state.Statistics.ForeignAnswersHeard} answers of peers");
        return !state.Active ? CheckResult.Problem(
                name,
                $"{state.Problem ?? "no socket"}{(others.Length > 0 ? $" (UDP {port} is held by {others})" : string.Empty)}",
                "Another program owns the port exclusively: stop it, or do without mDNS: --no-mdns and --peer ADDRESS.")
            : state.Statistics.PacketsReceived == 0 ? CheckResult.Problem(
                name,
                $"{seen}: not even our own packets came back",
                "Multicast is blocked on this machine: allow UDP 5353 to 224.0.0.251 and ff02::fb in the firewall, or use --peer ADDRESS.")
            : state.Statistics.ForeignAnswersHeard == 0 ? CheckResult.Ok(name, $"{seen}; multicast works here, no other peer answered")
            : CheckResult.Ok(name, seen);
    }

    /// <summary>Whether the addresses of <c>--listen</c> can be had.</summary>
    public static CheckResult Ports(IReadOnlyList<Multiaddr> listen, int holderPid)
    {
        List<string> free = [];
        foreach (Multiaddr address in listen)
        {
            if (!TryEndPoint(address.ToString(), out IPEndPoint? endPoint) || endPoint is null || endPoint.Port == 0)
            {
                continue;
            }

            try
            {
                using Socket probe = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                probe.Bind(endPoint);
                free.Add(Text($"{endPoint.Port}"));
            }
            catch (SocketException error)
            {
                string holder = string.Join("; ", PortHolder.Find("tcp", endPoint.Port));
                bool ours = holderPid > 0 && holder.EndsWith(Text($"pid {holderPid}"), StringComparison.Ordinal);
                if (!ours)
                {
                    return CheckResult.Problem("TCP", $"{address}: {error.SocketErrorCode}{(holder.Length > 0 ? $", held by {holder}" : string.Empty)}", "Stop that program, or choose another port with --listen.");
                }

                free.Add(Text($"{endPoint.Port} (the node of this folder has it)"));
            }
        }

        return CheckResult.Ok("TCP", free.Count == 0 ? "any free port is used; --listen chooses one" : string.Join(", ", free));
    }

    private static bool TryEndPoint(string address, out IPEndPoint? endPoint)
    {
        endPoint = null;
        string[] parts = address.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length < 4 || parts[0] is not ("ip4" or "ip6") || parts[2] != "tcp" || !IPAddress.TryParse(parts[1], out IPAddress? ip)
            || !ushort.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return false;
        }

        endPoint = new IPEndPoint(ip, port);
        return true;
    }

    private static string Describe(NetworkInterface nic)
    {
        UnicastIPAddressInformation? address = nic.GetIPProperties().UnicastAddresses.FirstOrDefault();
        return address is null ? nic.Name : Text($"{nic.Name} {address.Address}/{address.PrefixLength}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
