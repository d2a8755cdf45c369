using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace P2P.Transport.Tests.Discovery;

/// <summary>A fact that needs UDP 5353 shareable and multicast on loopback; skipped with the system's reason where that is refused.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LoopbackMulticastFactAttribute : FactAttribute
{
    private static readonly string? s_refusal = Probe();

    public LoopbackMulticastFactAttribute()
    {
        if (s_refusal is not null)
        {
            Skip = s_refusal;
        }
    }

    public static string LoopbackName { get; } =
        NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(n => n.NetworkInterfaceType == NetworkInterfaceType.Loopback)?.Name ?? "lo";

    private static string? Probe()
    {
        try
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(IPAddress.Any, 5353));
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(IPAddress.Parse("224.0.0.251"), NetworkInterface.LoopbackInterfaceIndex));
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(NetworkInterface.LoopbackInterfaceIndex));
            socket.SendTo([0], new IPEndPoint(IPAddress.Parse("224.0.0.251"), 5353));
            return null;
        }
        catch (SocketException ex)
        {
            return $"multicast on loopback is refused here: {ex.SocketErrorCode}";
        }
    }
}
