using System.Net;
using System.Net.Sockets;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Tcp;

/// <summary><c>/ip4|ip6/…/tcp/…</c> by sockets. IPv6 sockets take IPv6 only, so that both families can share a port number.</summary>
/// <param name="options">Settings.</param>
public sealed class TcpTransport(TcpOptions options) : ITransport
{
    /// <summary>With default settings.</summary>
    public TcpTransport()
        : this(new TcpOptions())
    {
    }

    /// <inheritdoc/>
    public bool CanHandle(Multiaddr address) => address.TryGetTcp(out _);

    /// <inheritdoc/>
    public async ValueTask<RawConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        IPEndPoint endPoint = EndPointOf(address);
        Socket? socket = null;
        try
        {
            socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }; // fails without IPv6, or with too many open files
            await socket.ConnectAsync(endPoint, cancellationToken);
            return new TcpConnection(socket);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new TransportException(TransportError.Unreachable, $"{endPoint} cannot be reached ({e.SocketErrorCode}).", e);
        }
        catch (OperationCanceledException)
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IPEndPoint endPoint = EndPointOf(address);
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = false;
            }

            socket.Bind(endPoint);
            socket.Listen(options.Backlog);
            return ValueTask.FromResult<ITransportListener>(new TcpListenerSocket(socket));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw Explain(endPoint, e);
        }
    }

    private static TransportException Explain(IPEndPoint endPoint, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => new TransportException(
            TransportError.AddressInUse, $"Port {endPoint.Port} on {endPoint.Address} is used by another program; choose another one or 0 for any.", e),
        SocketError.AccessDenied => new TransportException(
            TransportError.AddressInUse, $"The system does not allow listening on port {endPoint.Port}; choose one above 1,023 or 0 for any.", e),
        _ => new TransportException(
            TransportError.UnsupportedAddress, $"Cannot listen on {endPoint} ({e.SocketErrorCode}); is the address one of this machine's?", e),
    };

    private static IPEndPoint EndPointOf(Multiaddr address) => address.TryGetTcp(out IPEndPoint? endPoint)
        ? endPoint!
        : throw new TransportException(TransportError.UnsupportedAddress, "Not an /ip4 or /ip6 TCP address.");
}
