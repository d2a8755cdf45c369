using System.Net;
using System.Net.Sockets;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Tcp;

/// <summary>A listening socket.</summary>
internal sealed class TcpListenerSocket(Socket socket) : ITransportListener
{
    private volatile bool _disposed;

    /// <inheritdoc/>
    public Multiaddr Address { get; } = Multiaddr.FromTcp((IPEndPoint)socket.LocalEndPoint!);

    /// <inheritdoc/>
    /// <exception cref="TransportException">The system is out of sockets; accepting again later may work.</exception>
    public async ValueTask<RawConnection?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Socket? accepted = null;
            try
            {
                accepted = await socket.AcceptAsync(cancellationToken);
                accepted.NoDelay = true;
                return new TcpConnection(accepted);
            }
            catch (Exception e) when (_disposed && e is SocketException or ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException e) when (accepted is not null || e.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // The caller was gone before we got to it: no reason to stop listening.
                accepted?.Dispose();
            }
            catch (SocketException e)
            {
                throw new TransportException(TransportError.LimitReached, $"Cannot accept more connections ({e.SocketErrorCode}).", e);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
