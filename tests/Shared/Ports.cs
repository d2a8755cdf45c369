using System.Net;
using System.Net.Sockets;

namespace P2P.TestSupport;

/// <summary>Ports that can be had a second time: below those that systems give to outgoing connections, one of which would take it in between.</summary>
internal static class Ports
{
    private static int s_next = 10_000 + (Environment.ProcessId * 37 % 15_000);

    public static int Free()
    {
        while (true)
        {
            int port = 10_000 + (Interlocked.Increment(ref s_next) % 20_000);
            try
            {
                using TcpListener probe = new(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // somebody has it
            }
        }
    }
}
