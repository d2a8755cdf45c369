using System.Globalization;

namespace P2P.Cli.Doctor;

/// <summary>Which program has a port, as Linux tells it; elsewhere nobody is named.</summary>
internal static class PortHolder
{
    private const int LocalAddress = 1;
    private const int State = 3;
    private const int Inode = 9;
    private const string Listening = "0A";

    /// <summary>"name, pid N" of each holder that this user may see; empty when none is known.</summary>
    /// <param name="protocol"><c>tcp</c> (listening sockets) or <c>udp</c>.</param>
    /// <param name="port">The port.</param>
    public static IReadOnlyList<string> Find(string protocol, int port)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        HashSet<string> sockets = [.. SocketsOf(protocol, port).Concat(SocketsOf(protocol + "6", port)).Select(static i => $"socket:[{i}]")];
        return sockets.Count == 0 ? [] : [.. Directory.EnumerateDirectories("/proc").Where(p => Holds(p, sockets)).Select(Describe).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> SocketsOf(string protocol, int port)
    {
        string table = $"/proc/net/{protocol}";
        string suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return File.Exists(table)
            ? File.ReadLines(table).Skip(1)
                .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(f => f.Length > Inode && f[LocalAddress].EndsWith(suffix, StringComparison.Ordinal)
                    && (protocol.StartsWith("udp", StringComparison.Ordinal) || f[State] == Listening))
                .Select(static f => f[Inode])
            : [];
    }

    private static bool Holds(string process, HashSet<string> sockets)
    {
        if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return false;
        }

        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")).Any(fd => sockets.Contains(new FileInfo(fd).LinkTarget ?? string.Empty));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // somebody else's process, or one that has just ended
        }
    }

    private static string Describe(string process)
    {
        try
        {
            return $"{File.ReadAllText(Path.Combine(process, "comm")).Trim()}, pid {Path.GetFileName(process)}";
        }
        catch (IOException)
        {
            return $"pid {Path.GetFileName(process)}";
        }
    }
}
