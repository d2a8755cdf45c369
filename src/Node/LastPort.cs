using System.Globalization;
using System.Net;
using System.Net.Sockets;
using P2P.Core.Runtime;

namespace P2P.Node;

/// <summary>
/// The port of the last run, kept in the data folder: who noted an address of this node, in a ticket say, finds it again after a restart. Where it is taken by
/// now, another one is.
/// </summary>
internal static class LastPort
{
    /// <summary>Name of the file in the data folder.</summary>
    public const string FileName = "listen.port";

    /// <summary>The first of the ports that are chosen from.</summary>
    public const int Least = 10_000;

    /// <summary>How many there are: below those that systems give to outgoing connections, one of which would have it when this node comes back.</summary>
    public const int Span = 20_000;

    private const int BytesMax = 16;
    private const int TriesMax = 16;

    /// <summary>One port for all addresses: that of the last run if it is free, else a free one; 0, any, where no such is found.</summary>
    public static int Choose(IReadOnlyList<IPAddress> addresses, string directory, IChance chance)
    {
        int port = Read(Path.Combine(directory, FileName)) ?? 0;
        for (int i = 0; i < TriesMax; i++)
        {
            if (port != 0 && addresses.All(a => IsFree(a, port)))
            {
                return port;
            }

            port = Least + chance.Below(Span);
        }

        return 0;
    }

    /// <summary>Notes it for the next run. A folder that cannot be written is told of by the store, which needs it; this does not.</summary>
    public static void Keep(int port, string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (port == 0 || Read(path) == port)
        {
            return;
        }

        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using StreamWriter file = new(path, options);
            file.Write(port.ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return; // the next run has another port
        }
    }

    private static int? Read(string path)
    {
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= BytesMax }
                && ushort.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 ? port : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using Socket probe = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                probe.DualMode = false;
            }

            probe.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
