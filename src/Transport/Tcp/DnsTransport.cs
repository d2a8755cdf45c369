using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Transport.Connections;

namespace P2P.Transport.Tcp;

/// <summary>
/// <c>/dns|dns4|dns6/…/tcp/…</c>: a name is looked up and its addresses are tried in the resolver's order, the two families in turns, each with a head start
/// of 250 ms: one that never answers does not use up the time of a dial. Dialling only. The dialer brings no names of strangers here
/// (<see cref="Peers.AddressRules.IsName"/>): peers could otherwise make every node ask a name server of their choice.
/// </summary>
/// <remarks>RFC 8305 (Happy Eyeballs), sections 4 and 5.</remarks>
public sealed class DnsTransport : ITransport
{
    /// <summary>Addresses of one name that are tried; all of them may be under way at once.</summary>
    private const int AddressesMax = 8;

    private static readonly TimeSpan s_headStart = TimeSpan.FromMilliseconds(250); // RFC 8305, section 8

    private readonly ITransport _tcp;
    private readonly DialRace<RawConnection> _race;
    private readonly Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>> _resolveAsync;

    /// <summary>With the system's resolver.</summary>
    /// <param name="tcp">Dials what is found.</param>
    /// <param name="time">Clock of the head starts.</param>
    /// <param name="spawner">Where attempts run.</param>
    public DnsTransport(ITransport tcp, TimeProvider time, ISpawner spawner)
        : this(tcp, time, spawner, Dns.GetHostAddressesAsync)
    {
    }

    /// <summary>With a resolver of the caller's.</summary>
    /// <param name="tcp">Dials what is found.</param>
    /// <param name="time">Clock of the head starts.</param>
    /// <param name="spawner">Where attempts run.</param>
    /// <param name="resolveAsync">Looks a name up; the family is unspecified for both.</param>
    public DnsTransport(
        ITransport tcp, TimeProvider time, ISpawner spawner, Func<string, AddressFamily, CancellationToken, Task<IPAddress[]>> resolveAsync)
    {
        _tcp = tcp;
        _race = new DialRace<RawConnection>(AddressesMax, s_headStart, (time, spawner), static late => late.DisposeAsync());
        _resolveAsync = resolveAsync;
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

        IPAddress[] found = await ResolveAsync(wanted.Host, wanted.Family, cancellationToken);
        List<TransportException> errors = [];
        return await _race.RunAsync([.. InTurns(found).Select(a => Attempt(new IPEndPoint(a, wanted.Port)))], errors, cancellationToken)
            ?? throw Failure(wanted.Host, errors);
    }

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken) =>
        throw new TransportException(TransportError.UnsupportedAddress, $"A node listens on addresses, not on names such as {address}.");

    private async Task<IPAddress[]> ResolveAsync(string host, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            return await _resolveAsync(host, family, cancellationToken);
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

    private Func<CancellationToken, Task<DialAttempt<RawConnection>>> Attempt(IPEndPoint endPoint) => async token =>
    {
        try
        {
            return new DialAttempt<RawConnection>(await _tcp.DialAsync(Multiaddr.FromTcp(endPoint), token), null);
        }
        catch (TransportException error)
        {
            return new DialAttempt<RawConnection>(null, error);
        }
    };

    /// <summary>The resolver's order, but for a family that does not work at all: it holds up one head start, not as many as it has addresses.</summary>
    private static List<IPAddress> InTurns(IPAddress[] found)
    {
        ILookup<bool, IPAddress> byFamily = found.ToLookup(a => a.AddressFamily == found[0].AddressFamily);
        IPAddress[] first = [.. byFamily[true]];
        IPAddress[] second = [.. byFamily[false]];
        List<IPAddress> order = [];
        for (int i = 0; i < Math.Max(first.Length, second.Length); i++)
        {
            order.AddRange(first.Skip(i).Take(1));
            order.AddRange(second.Skip(i).Take(1));
        }

        return order[..Math.Min(order.Count, AddressesMax)];
    }

    private static TransportException Failure(string host, List<TransportException> errors) => errors.Count switch
    {
        0 => new TransportException(TransportError.Unreachable, $"{host} has no address of the wanted kind."),
        1 => errors[0],
        _ => new TransportException(errors[0].Error, $"{errors.Count} addresses of {host} failed, the first so: {errors[0].Message}", errors[0]),
    };

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
