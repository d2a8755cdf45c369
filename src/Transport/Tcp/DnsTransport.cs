using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;

namespace P2P.Transport.Tcp;

/// <summary>
/// <c>/dns|dns4|dns6/…/tcp/…</c>: a name is looked up and its addresses are tried one after the other, in the resolver's order. Dialling only. The dialer
/// brings no names of strangers here (<see cref="Peers.AddressRules.IsName"/>): peers could otherwise make every node ask a name server of their choice.
/// </summary>
/// <param name="tcp">Dials what is found.</param>
/// <param name="resolveAsync">Looks a name up; the family is unspecified for both.</param>
public sealed class DnsTransport(TcpTransport tcp, Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>> resolveAsync) : ITransport
{
    /// <summary>Addresses of one name that are tried.</summary>
    private const int AddressesMax = 8;

    /// <summary>With the system's resolver.</summary>
    /// <param name="tcp">Dials what is found.</param>
    public DnsTransport(TcpTransport tcp)
        : this(tcp, Dns.GetHostAddressesAsync)
    {
    }

    /// <inheritdoc/>
    public bool CanHandle(Multiaddr address) => TryParse(address, out _);

    /// <inheritdoc/>
    public async ValueTask<RawConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        if (!TryParse(address, out (string Host, AddressFamily Family, int Port) wanted))
        {
            throw new TransportException(TransportError.UnsupportedAddress, "Not a /dns, /dns4 or /dns6 TCP address.");
        }

        TransportException? failed = null;
        foreach (IPAddress found in (await ResolveAsync(wanted.Host, wanted.Family, cancellationToken)).Take(AddressesMax))
        {
            try
            {
                return await tcp.DialAsync(Multiaddr.FromTcp(new IPEndPoint(found, wanted.Port)), cancellationToken);
            }
            catch (TransportException error)
            {
                failed = error;
            }
        }

        throw failed ?? new TransportException(TransportError.Unreachable, $"{wanted.Host} has no address of the wanted kind.");
    }

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken) =>
        throw new TransportException(TransportError.UnsupportedAddress, $"A node listens on addresses, not on names such as {address}.");

    private async Task<IPAddress[]> ResolveAsync(string host, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            return await resolveAsync(host, family, cancellationToken);
        }
        catch (SocketException error)
        {
            throw new TransportException(TransportError.Unreachable, $"The name {host} cannot be looked up ({error.SocketErrorCode}).", error);
        }
        catch (ArgumentException error) // such as 0.0.0.0, or a name that is too long
        {
            throw new TransportException(TransportError.Unreachable, $"The name {host} cannot be looked up ({error.Message}).", error);
        }
    }

    private static bool TryParse(Multiaddr address, out (string Host, AddressFamily Family, int Port) parsed)
    {
        IReadOnlyList<MultiaddrComponent> parts = address.WithoutPeer().Components;
        AddressFamily? family = parts[0].Protocol switch
        {
            MultiaddrProtocol.Dns => AddressFamily.Unspecified,
            MultiaddrProtocol.Dns4 => AddressFamily.InterNetwork,
            MultiaddrProtocol.Dns6 => AddressFamily.InterNetworkV6,
            _ => null,
        };
        if (family is null || parts.Count != 2 || parts[1].Protocol != MultiaddrProtocol.Tcp)
        {
            parsed = default;
            return false;
        }

        parsed = (Encoding.UTF8.GetString(parts[0].Value.Span), family.Value, BinaryPrimitives.ReadUInt16BigEndian(parts[1].Value.Span));
        return true;
    }
}
