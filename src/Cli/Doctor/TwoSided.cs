using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using P2P.Core.Runtime;

namespace P2P.Cli.Doctor;

/// <summary>
/// The check with two machines: one runs <c>p2p doctor --listen</c>, the other <c>p2p doctor --to ADDRESS</c>. It tells a firewall from a missing
/// program. The listener sends a greeting and never answers a packet with more bytes than it got.
/// </summary>
internal static class TwoSided
{
    /// <summary>Port of the check, TCP and UDP. Below those that systems lend to outgoing connections, or one of these would now and then have it.</summary>
    public const int DefaultPort = 24_499;

    private const string Magic = "p2p-doctor/1";
    private const int ClientsMax = 1_000;
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(3);

    /// <summary>Waits for the other side; says who came.</summary>
    public static async Task<IReadOnlyList<CheckResult>> ListenAsync(int port, Output output, CancellationToken cancellationToken)
    {
        using Socket tcp = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        using Socket udp = new(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true };
        try
        {
            tcp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            udp.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        }
        catch (SocketException error)
        {
            return [CheckResult.Problem("listen", Text($"port {port} cannot be had: {error.SocketErrorCode}; held by {string.Join("; ", PortHolder.Find("tcp", port))}"), "End that program first.")];
        }

        tcp.Listen(16);
        output.Say(Text($"listening on TCP and UDP {port}; on the other machine:  p2p doctor --to THIS-MACHINE    Ctrl-C or --timeout ends"));
        HashSet<string> seen = [];
        int[] counts = await Task.WhenAll(AcceptAsync(tcp, seen, output, cancellationToken), EchoAsync(udp, seen, output, cancellationToken));
        (int connections, int datagrams) = (counts[0], counts[1]);
        return
        [
            connections > 0 ? CheckResult.Ok("TCP in", Text($"{connections} connections came through")) : CheckResult.Problem("TCP in", "nobody came", Text($"Let TCP {port} through the firewall here, and check that both machines are in one network.")),
            datagrams > 0 ? CheckResult.Ok("UDP in", Text($"{datagrams} packets came through")) : CheckResult.Problem("UDP in", "nothing came", "mDNS needs UDP: let it through the firewall here."),
        ];
    }

    /// <summary>Tries to reach a listening side.</summary>
    public static async Task<IReadOnlyList<CheckResult>> ReachAsync(string host, int port, CancellationToken cancellationToken)
    {
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(host, out IPAddress? literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        }
        catch (SocketException error)
        {
            return [CheckResult.Problem("name", Text($"{Printable.Line(host)}: {error.SocketErrorCode}"), "Give the address that `p2p up` prints on the other machine.")];
        }

        IPEndPoint there = new(addresses[0], port);
        return [await ReachTcpAsync(there, cancellationToken), await ReachUdpAsync(there, cancellationToken)];
    }

    private static async Task<CheckResult> ReachTcpAsync(IPEndPoint there, CancellationToken cancellationToken)
    {
        const string name = "TCP out";
        using Socket socket = new(there.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using CancellationTokenSource deadline = new(s_answer, SystemTime.Provider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(there, either.Token);
            byte[] greeting = new byte[Magic.Length];
            int read = await socket.ReceiveAsync(greeting, SocketFlags.None, either.Token);
            return Encoding.ASCII.GetString(greeting, 0, read) == Magic
                ? CheckResult.Ok(name, Text($"{there} answered"))
                : CheckResult.Problem(name, Text($"{there} is open, but no p2p doctor answers there"), "Run p2p doctor --listen on the other machine.");
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return CheckResult.Problem(name, Text($"{there} refused: the machine is there, nothing listens"), "Run p2p doctor --listen on the other machine.");
        }
        catch (SocketException error)
        {
            return CheckResult.Problem(name, Text($"{there}: {error.SocketErrorCode}"), "Check the address and that both machines are in one network.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CheckResult.Problem(name, Text($"{there} did not answer in {s_answer.TotalSeconds:0} s"), "A firewall drops it, or the Wi-Fi isolates its clients from each other (a guest network).");
        }
    }

    private static async Task<CheckResult> ReachUdpAsync(IPEndPoint there, CancellationToken cancellationToken)
    {
        const string name = "UDP out";
        using Socket socket = new(there.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        using CancellationTokenSource deadline = new(s_answer, SystemTime.Provider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(there, either.Token);
            await socket.SendAsync(Encoding.ASCII.GetBytes(Magic), SocketFlags.None, either.Token);
            byte[] answer = new byte[Magic.Length];
            int read = await socket.ReceiveAsync(answer, SocketFlags.None, either.Token);
            return Encoding.ASCII.GetString(answer, 0, read) == Magic ? CheckResult.Ok(name, Text($"{there} answered"))
                : CheckResult.Problem(name, Text($"{there} answered something else"), "Run p2p doctor --listen on the other machine.");
        }
        catch (SocketException error)
        {
            return CheckResult.Problem(name, Text($"{there}: {error.SocketErrorCode}"), "Run p2p doctor --listen on the other machine.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return CheckResult.Problem(name, Text($"{there} did not answer in {s_answer.TotalSeconds:0} s"), "UDP is dropped on the way, so mDNS will be too: connect by hand with p2p up --peer ADDRESS.");
        }
    }

    private static async Task<int> AcceptAsync(Socket listener, HashSet<string> seen, Output output, CancellationToken cancellationToken)
    {
        int count = 0;
        try
        {
            while (count < ClientsMax)
            {
                using Socket client = await listener.AcceptAsync(cancellationToken);
                await client.SendAsync(Encoding.ASCII.GetBytes(Magic), SocketFlags.None, cancellationToken);
                count++;
                Greet(output, seen, "TCP", client.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // the time is over
        }

        return count;
    }

    private static async Task<int> EchoAsync(Socket socket, HashSet<string> seen, Output output, CancellationToken cancellationToken)
    {
        int count = 0;
        byte[] packet = new byte[64];
        try
        {
            while (count < ClientsMax)
            {
                SocketReceiveFromResult from = await socket.ReceiveFromAsync(packet, SocketFlags.None, new IPEndPoint(IPAddress.IPv6Any, 0), cancellationToken);
                if (Encoding.ASCII.GetString(packet, 0, from.ReceivedBytes) == Magic)
                {
                    await socket.SendToAsync(packet.AsMemory(0, from.ReceivedBytes), SocketFlags.None, from.RemoteEndPoint, cancellationToken);
                    count++;
                    Greet(output, seen, "UDP", from.RemoteEndPoint);
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // the time is over
        }

        return count;
    }

    private static void Greet(Output output, HashSet<string> seen, string how, EndPoint? from)
    {
        string who = $"{how} from {(from as IPEndPoint)?.Address}";
        lock (seen)
        {
            if (seen.Add(who))
            {
                output.Say($"  {who}");
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
