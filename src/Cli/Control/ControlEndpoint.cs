using System.IO.Pipes;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace P2P.Cli.Control;

/// <summary>
/// Where a data folder's node is reached: a Unix socket of mode 0600 in the folder, a named pipe of the same user on Windows. Who may open the
/// file is who may command the node; there is no other authentication.
/// </summary>
internal static class ControlEndpoint
{
    /// <summary>Name of the socket in the data folder.</summary>
    public const string FileName = "control.sock";

    // sun_path holds 104 bytes on macOS and 108 on Linux, with a zero at the end.
    private const int PathBytesMax = 100;
    private static readonly TimeSpan s_pipeWait = TimeSpan.FromMilliseconds(200);

    /// <summary>Begins to listen; the caller holds the lock of the folder, so a socket that is there is a dead one's.</summary>
    public static IControlListener Listen(string directory) =>
        OperatingSystem.IsWindows() ? new PipeControlListener(PipeName(directory)) : new UnixControlListener(Path.Combine(directory, FileName));

    /// <summary>A connection to the node of a folder; null when none listens.</summary>
    public static async Task<Stream?> ConnectAsync(string directory, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            return await ConnectPipeAsync(PipeName(directory), cancellationToken);
        }

        string path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using ShortPath reachable = ShortPath.Of(path, PathBytesMax);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(reachable.Path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (SocketException)
        {
            socket.Dispose(); // refused: its node ended without removing it
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Binds a socket that only this user can open: nobody can connect between bind and chmod, because it does not listen yet.</summary>
    public static Socket Bind(string path, int backlog)
    {
        File.Delete(path);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            using ShortPath reachable = ShortPath.Of(path, PathBytesMax);
            socket.Bind(new UnixDomainSocketEndPoint(reachable.Path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            socket.Listen(backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Pipes have no folder: the name is a hash of the data folder's path.</summary>
    internal static string PipeName(string directory) =>
        "p2p-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(directory))).AsSpan(0, 16));

    internal static async Task<Stream?> ConnectPipeAsync(string name, CancellationToken cancellationToken)
    {
        NamedPipeClientStream pipe = new(".", name, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
        try
        {
            await pipe.ConnectAsync(s_pipeWait, cancellationToken);
            return pipe;
        }
        catch (TimeoutException)
        {
            await pipe.DisposeAsync();
            return null;
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }
    }
}
