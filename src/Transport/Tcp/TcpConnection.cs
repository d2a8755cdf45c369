using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Tcp;

/// <summary>A connected socket.</summary>
internal sealed class TcpConnection(Socket socket) : RawConnection
{
    private readonly Lock _gate = new();
    private bool _writeClosed;

    /// <inheritdoc/>
    public override Multiaddr LocalAddress { get; } = Multiaddr.FromTcp((IPEndPoint)socket.LocalEndPoint!);

    /// <inheritdoc/>
    public override Multiaddr RemoteAddress { get; } = Multiaddr.FromTcp((IPEndPoint)socket.RemoteEndPoint!);

    internal bool NoDelay => socket.NoDelay;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            while (data.Length > 0)
            {
                data = data[await socket.SendAsync(data, SocketFlags.None, cancellationToken)..];
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw Broken(e);
        }
    }

    /// <inheritdoc/>
    public override ValueTask CloseWriteAsync(CancellationToken cancellationToken)
    {
        ShutdownOnce();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Abort() => socket.Dispose();

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        ShutdownOnce();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private void ShutdownOnce()
    {
        lock (_gate)
        {
            if (_writeClosed)
            {
                return;
            }

            _writeClosed = true;
        }

        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already gone: there is no side left to close.
            return;
        }
    }

    private static TransportException Broken(Exception e) => new(
        TransportError.ConnectionClosed,
        e is SocketException s ? $"The connection broke ({s.SocketErrorCode})." : "The connection was closed on this side.",
        e);
}
