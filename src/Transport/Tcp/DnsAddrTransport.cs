using System.Text;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Transport.Connections;
using P2P.Transport.Discovery;

namespace P2P.Transport.Tcp;

/// <summary>
/// <c>/dnsaddr/…</c>: the TXT records of a name list whole addresses, or names that list them. Those of the wanted peer are tried as the addresses of a
/// name are. Dialling only, and like all names only where a person gave it (<see cref="Peers.AddressRules.IsName"/>).
/// </summary>
/// <remarks>The dnsaddr page of the multiaddr specification.</remarks>
public sealed class DnsAddrTransport : ITransport
{
    /// <summary>Look-ups of one dial; lists that name lists end there.</summary>
    private const int LookUpsMax = 8;

    /// <summary>Addresses of one dial.</summary>
    private const int AddressesMax = 8;

    private const string Prefix = "dnsaddr=";
    private static readonly TimeSpan s_headStart = TimeSpan.FromMilliseconds(250); // as in DnsTransport

    private readonly IReadOnlyList<ITransport> _transports;
    private readonly Func<string, CancellationToken, Task<IReadOnlyList<string>>> _lookUpAsync;
    private readonly DialRace<RawConnection> _race;

    /// <summary>With the name servers of the machine.</summary>
    /// <param name="transports">Dial what is found.</param>
    /// <param name="runtime">Clock, chance, and where attempts run.</param>
    public DnsAddrTransport(IReadOnlyList<ITransport> transports, TransportRuntime runtime)
        : this(transports, runtime, new DnsTextClient(DnsTextClient.SystemServers, runtime.Time, runtime.Chance).LookUpAsync)
    {
    }

    /// <summary>With a resolver of the caller's.</summary>
    /// <param name="transports">Dial what is found.</param>
    /// <param name="runtime">Clock, and where attempts run.</param>
    /// <param name="lookUpAsync">The TXT records of a name; throws <see cref="TransportException"/> when nobody can say.</param>
    public DnsAddrTransport(
        IReadOnlyList<ITransport> transports, TransportRuntime runtime, Func<string, CancellationToken, Task<IReadOnlyList<string>>> lookUpAsync)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        _transports = transports;
        _lookUpAsync = lookUpAsync;
        _race = new DialRace<RawConnection>(AddressesMax, s_headStart, (runtime.Time, runtime.Spawner), static late => late.DisposeAsync());
    }

    /// <inheritdoc/>
    public bool CanHandle(Multiaddr address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.WithoutPeer().Components is [{ Protocol: MultiaddrProtocol.DnsAddr }];
    }

    /// <inheritdoc/>
    public async ValueTask<RawConnection> DialAsync(Multiaddr address, CancellationToken cancellationToken)
    {
        if (!CanHandle(address))
        {
            throw new TransportException(TransportError.UnsupportedAddress, "Not a /dnsaddr address.");
        }

        List<Multiaddr> found = await ResolveAsync(address, cancellationToken);
        List<TransportException> errors = [];
        return await _race.RunAsync([.. found.Select(Attempt)], errors, cancellationToken) ?? throw Failure(address, errors);
    }

    /// <inheritdoc/>
    public ValueTask<ITransportListener> ListenAsync(Multiaddr address, CancellationToken cancellationToken) =>
        throw new TransportException(TransportError.UnsupportedAddress, $"A node listens on addresses, not on names such as {address}.");

    private async Task<List<Multiaddr>> ResolveAsync(Multiaddr start, CancellationToken cancellationToken)
    {
        PeerId wanted = start.PeerId;
        List<Multiaddr> found = [];
        List<Multiaddr> lists = [start];
        for (int i = 0; i < Math.Min(lists.Count, LookUpsMax) && found.Count < AddressesMax; i++)
        {
            string host = Encoding.UTF8.GetString(lists[i].Components[0].Value.Span);
            IReadOnlyList<string> texts;
            try
            {
                texts = await _lookUpAsync($"_dnsaddr.{host}", cancellationToken);
            }
            catch (TransportException) when (i > 0)
            {
                continue; // one list among others
            }

            foreach (string text in texts.Where(static t => t.StartsWith(Prefix, StringComparison.Ordinal)))
            {
                if (Multiaddr.TryParse(text.AsSpan(Prefix.Length), out Multiaddr? listed) && listed is not null && (wanted.IsNone || listed.PeerId == wanted))
                {
                    List<Multiaddr> target = CanHandle(listed) ? lists : found;
                    if (!target.Contains(listed) && (target == lists || _transports.Any(t => t.CanHandle(listed))))
                    {
                        target.Add(listed);
                    }
                }
            }
        }

        return found[..Math.Min(found.Count, AddressesMax)];
    }

    private Func<CancellationToken, Task<DialAttempt<RawConnection>>> Attempt(Multiaddr address) => async token =>
    {
        try
        {
            return new DialAttempt<RawConnection>(await _transports.First(t => t.CanHandle(address)).DialAsync(address, token), null);
        }
        catch (TransportException error)
        {
            return new DialAttempt<RawConnection>(null, error);
        }
    };

    private static TransportException Failure(Multiaddr address, List<TransportException> errors) => errors.Count switch
    {
        0 => new TransportException(TransportError.Unreachable, $"{address} lists no address that can be dialled."),
        1 => errors[0],
        _ => new TransportException(errors[0].Error, $"{errors.Count} addresses of {address} failed, the first so: {errors[0].Message}", errors[0]),
    };
}
