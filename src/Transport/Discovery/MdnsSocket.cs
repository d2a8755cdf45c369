using System.Net;
using System.Net.Sockets;

namespace P2P.Transport.Discovery;

/// <summary>The socket of one link: shares its port with other programs, joins the group on its own interface, sends out of it.</summary>
internal sealed class MdnsSocket : IDisposable
{
    // Linux: without these a socket gets the datagrams of every group that any program joined on any interface, and `--interface lo`
    // would hear the LAN. Elsewhere the interface check in ReceiveAsync does the same, later.
    private const int LinuxLevelIP = 0;
    private const int LinuxMulticastAll = 49;
    private const int LinuxLevelIPv6 = 41;
    private const int LinuxMulticastAllIPv6 = 29;

    private static readonly IPAddress s_group4 = new([224, 0, 0, 251]);
    private static readonly IPAddress s_group6 = IPAddress.Parse("ff02::fb");

    private readonly Socket _socket;
    private readonly IPEndPoint _group;
    private readonly IPEndPoint _any;

    private MdnsSocket(Socket socket, MdnsLink link, int port)
    {
        _socket = socket;
        Link = link;
        bool isIPv4 = link.Family == AddressFamily.InterNetwork;
        _group = new IPEndPoint(isIPv4 ? s_group4 : new IPAddress(s_group6.GetAddressBytes(), link.Id), port);
        _any = new IPEndPoint(isIPv4 ? IPAddress.Any : IPAddress.IPv6Any, 0);
    }

    public MdnsLink Link { get; }

    /// <summary>Set when sending or receiving failed for good; the next scan opens a new one.</summary>
    public bool Broken { get; set; }

    /// <summary>Opens, binds and joins.</summary>
    /// <exception cref="SocketException">The port cannot be shared, or the interface cannot do this family.</exception>
    public static MdnsSocket Open(MdnsLink link, int port)
    {
        Socket socket = new(link.Family, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            if (link.Family == AddressFamily.InterNetwork)
            {
                Configure4(socket, link.Id, port);
            }
            else
            {
                Configure6(socket, link.Id, port);
            }

            return new MdnsSocket(socket, link, port);
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends to the group. Datagrams do not wait.</summary>
    /// <exception cref="SocketException">The interface is going away.</exception>
    public void SendToGroup(ReadOnlySpan<byte> packet) => _socket.SendTo(packet, SocketFlags.None, _group);

    /// <summary>Sends to one host.</summary>
    /// <exception cref="SocketException">The interface is going away.</exception>
    public void SendTo(ReadOnlySpan<byte> packet, IPEndPoint target) => _socket.SendTo(packet, SocketFlags.None, target);

    /// <summary>The next datagram that came in on this link's own interface.</summary>
    /// <exception cref="SocketException">The socket is broken.</exception>
    public async ValueTask<SocketReceiveMessageFromResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                SocketReceiveMessageFromResult result = await _socket.ReceiveMessageFromAsync(buffer, SocketFlags.None, _any, cancellationToken);
                if (result.PacketInformation.Interface == Link.Id)
                {
                    return result;
                }
            }
            catch (SocketException ex) when (ex.SocketErrorCode is SocketError.MessageSize or SocketError.ConnectionReset)
            {
                // Windows reports a datagram that was too long, and one of ours that nobody took, as an error of the next receive.
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static void Configure4(Socket socket, int index, int port)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(LinuxLevelIP, LinuxMulticastAll, [0, 0, 0, 0]);
        }

        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(s_group4, index));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(index));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 255);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
    }

    private static void Configure6(Socket socket, int index, int port)
    {
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption(LinuxLevelIPv6, LinuxMulticastAllIPv6, [0, 0, 0, 0]);
        }

        socket.DualMode = false;
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.PacketInformation, true);
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(s_group6, index));
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, index);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastTimeToLive, 255);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastLoopback, true);
    }
}
