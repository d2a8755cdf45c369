using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;

namespace P2P.Interop.Support;

/// <summary>Our stack with mDNS in a process of its own, because a namespace belongs to a process. Speaks the JSON lines of the js peer.</summary>
internal sealed class MdnsChild : ChildPeer
{
    /// <summary>First argument that makes the test assembly be this child.</summary>
    public const string Command = "mdns-peer";

    private MdnsChild(string file, IEnumerable<string> arguments)
        : base(file, arguments)
    {
    }

    /// <summary>Starts one.</summary>
    /// <param name="netNamespace">Where, or null for this namespace.</param>
    /// <param name="host">IPv4 or IPv6 address to listen on; discovery runs over the same family alone.</param>
    /// <param name="device">The one interface to use.</param>
    /// <param name="port">UDP port.</param>
    public static async Task<MdnsChild> StartAsync(string? netNamespace, string host, string device, int port)
    {
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        string[] command =
        [
            .. Namespaces.Prefix(netNamespace), dotnet, typeof(MdnsChild).Assembly.Location, Command, host, device, $"{port}",
        ];
        MdnsChild peer = new(command[0], command[1..]);
        try
        {
            await peer.StartedAsync();
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>The child's side.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        bool isIPv6 = args[1].Contains(':', StringComparison.Ordinal);
        await using OwnPeer peer = await OwnPeer.StartAsync(listen: $"/{(isIPv6 ? "ip6" : "ip4")}/{args[1]}/tcp/0");
        MdnsOptions options = new() { Interfaces = [args[2]], Port = int.Parse(args[3]), IPv6 = isIPv6 };
        MdnsLoop mdns = peer.With(new MdnsLoop(peer.Id, () => peer.Network.ListenAddresses, options, OwnPeer.Runtime));
        await mdns.StartAsync(CancellationToken.None);
        await SayAsync(new JsonObject { ["ev"] = "ready", ["peerId"] = peer.Id.ToString(), ["addrs"] = new JsonArray(peer.Address), ["problem"] = mdns.State.Problem });

        using CancellationTokenSource stop = new();
        Task reporting = ReportAsync(peer.Network, mdns, stop.Token);
        while (await Console.In.ReadLineAsync() is not null)
        {
            // It takes no commands; its stdin only tells when to end.
        }

        stop.Cancel();
        await reporting;
        return 0;
    }

    private static async Task ReportAsync(PeerNetwork network, MdnsLoop mdns, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (DiscoveredPeer found in mdns.DiscoveredAsync(cancellationToken))
            {
                JsonArray addresses = [.. found.Addresses.Select(static a => (JsonNode)a.ToString())];
                await SayAsync(new JsonObject { ["ev"] = "peer:discovery", ["peer"] = found.Peer.ToString(), ["addrs"] = addresses, ["interface"] = found.Interface });
                network.AddAddresses(found.Peer, found.Addresses);
                try
                {
                    await network.ConnectAsync(found.Peer, cancellationToken);
                    await SayAsync(new JsonObject { ["ev"] = "peer:connect", ["peer"] = found.Peer.ToString() });
                }
                catch (TransportException e)
                {
                    await SayAsync(new JsonObject { ["ev"] = "unreachable", ["peer"] = found.Peer.ToString(), ["error"] = e.Error.ToString() });
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private static Task SayAsync(JsonObject line) => Console.Out.WriteLineAsync(line.ToJsonString());
}
