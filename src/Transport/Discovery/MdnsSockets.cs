using System.Net;
using System.Net.Sockets;
using P2P.Transport.Connections;

namespace P2P.Transport.Discovery;

/// <summary>The open sockets of <see cref="MdnsLoop"/> and their readers. Used by the loop only, except that readers post to its inbox.</summary>
internal sealed class MdnsSockets : IAsyncDisposable
{
    private readonly MdnsOptions _options;
    private readonly TransportRuntime _runtime;
    private readonly Action<MdnsDatagram> _post;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<(int Id, AddressFamily Family), (MdnsSocket Socket, Task Reader)> _open = [];
    private string? _reported;

    public MdnsSockets(MdnsOptions options, TransportRuntime runtime, Action<MdnsDatagram> post)
    {
        _options = options;
        _runtime = runtime;
        _post = post;
    }

    /// <summary>Interfaces with an open socket.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>What is wrong, or null.</summary>
    public string? Problem { get; private set; }

    /// <summary>Opens and closes sockets as interfaces come and go.</summary>
    /// <returns>The links that have a socket.</returns>
    public IReadOnlyList<MdnsLink> Refresh()
    {
        List<MdnsLink> wanted = MdnsLinks.Scan(_options);
        foreach ((int Id, AddressFamily Family) key in _open.Keys.ToList())
        {
            MdnsSocket socket = _open[key].Socket;
            if (socket.Broken || !wanted.Exists(l => l.Key == key))
            {
                Close(key);
            }
        }

        SocketException? failure = null;
        List<MdnsLink> links = [];
        foreach (MdnsLink link in wanted)
        {
            failure = _open.ContainsKey(link.Key) ? failure : TryOpen(link) ?? failure;
            if (_open.ContainsKey(link.Key))
            {
                links.Add(link);
            }
        }

        Names = [.. links.Select(static l => l.Name).Distinct()];
        Report(wanted.Count, failure);
        return links;
    }

    /// <summary>Sends; a link that cannot is reopened at the next scan.</summary>
    public void Send((int Id, AddressFamily Family) link, ReadOnlySpan<byte> packet, IPEndPoint? target)
    {
        if (!_open.TryGetValue(link, out (MdnsSocket Socket, Task Reader) open) || open.Socket.Broken)
        {
            return;
        }

        try
        {
            if (target is null)
            {
                open.Socket.SendToGroup(packet);
            }
            else
            {
                open.Socket.SendTo(packet, target);
            }
        }
        catch (SocketException ex)
        {
            // Typical: the interface has just lost its address or its route. Losing one datagram is normal for multicast.
            Log.MdnsSendFailed(_runtime.Logger, open.Socket.Link.Name, ex.SocketErrorCode.ToString());
        }
    }

    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        List<Task> readers = [.. _open.Values.Select(static o => o.Reader)];
        foreach ((int Id, AddressFamily Family) key in _open.Keys.ToList())
        {
            Close(key);
        }

        await Task.WhenAll(readers);
    }

    private SocketException? TryOpen(MdnsLink link)
    {
        try
        {
            MdnsSocket socket = MdnsSocket.Open(link, _options.Port);
            _open.Add(link.Key, (socket, _runtime.Spawner.StartAsync(() => ReadAsync(socket))));
            return null;
        }
        catch (SocketException ex)
        {
            Log.MdnsInterfaceFailed(_runtime.Logger, link.Name, link.Family == AddressFamily.InterNetwork ? "IPv4" : "IPv6", ex.SocketErrorCode.ToString());
            return ex;
        }
    }

    private void Close((int Id, AddressFamily Family) key)
    {
        // The reader ends by itself when its socket is disposed; it holds nothing else.
        _open[key].Socket.Dispose();
        _open.Remove(key);
    }

    private async Task ReadAsync(MdnsSocket socket)
    {
        byte[] buffer = new byte[_options.ReceiveBytesMax + 1]; // one more, so that a longer packet is seen as such
        try
        {
            while (true)
            {
                SocketReceiveMessageFromResult result = await socket.ReceiveAsync(buffer, _stop.Token);
                byte[] packet = buffer.AsSpan(0, result.ReceivedBytes).ToArray();
                _post(new MdnsDatagram(socket.Link.Key, (IPEndPoint)result.RemoteEndPoint, packet));
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException)
        {
            // Stopping.
        }
        catch (SocketException ex)
        {
            socket.Broken = true;
            Log.MdnsSendFailed(_runtime.Logger, socket.Link.Name, ex.SocketErrorCode.ToString());
        }
    }

    // Says each state once, not at every scan.
    private void Report(int wantedCount, SocketException? failure)
    {
        string now;
        if (wantedCount == 0)
        {
            Problem = "no such interface is up";
            now = "none";
        }
        else if (_open.Count == 0)
        {
            Problem = $"UDP port {_options.Port} cannot be shared: {failure?.SocketErrorCode}";
            now = Problem;
        }
        else
        {
            Problem = null;
            now = string.Join(", ", Names);
        }

        if (now == _reported)
        {
            return;
        }

        _reported = now;
        if (wantedCount == 0)
        {
            Log.MdnsNoInterface(_runtime.Logger, _options.Interfaces.Count == 0 ? "(any)" : string.Join(", ", _options.Interfaces), MdnsLinks.Names());
        }
        else if (_open.Count == 0)
        {
            Log.MdnsCannotBind(_runtime.Logger, _options.Port, failure?.SocketErrorCode.ToString() ?? "unknown");
        }
        else
        {
            Log.MdnsListening(_runtime.Logger, now, _options.Port);
        }
    }
}
