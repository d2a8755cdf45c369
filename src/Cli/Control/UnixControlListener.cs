using System.Net.Sockets;

namespace P2P.Cli.Control;

/// <summary>A Unix socket in the data folder.</summary>
internal sealed class UnixControlListener : IControlListener
{
    private const int Backlog = 16;

    private readonly string _path;
    private readonly Socket _socket;

    public UnixControlListener(string path)
    {
        _path = path;
        _socket = ControlEndpoint.Bind(path, Backlog);
    }

    public async Task<Stream> AcceptAsync(CancellationToken cancellationToken) =>
        new NetworkStream(await _socket.AcceptAsync(cancellationToken), ownsSocket: true);

    public ValueTask DisposeAsync()
    {
        File.Delete(_path); // first: from now on others see that no node is here
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
