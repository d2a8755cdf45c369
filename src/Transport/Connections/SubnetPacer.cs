using System.Net;
using P2P.Transport.Limits;
using P2P.Transport.Peers;

namespace P2P.Transport.Connections;

/// <summary>Spaces out dials to one network, so that lies about addresses (DHT, peer exchange) cannot turn us against a victim. Thread-safe.</summary>
/// <remarks>Spec: limits, dial row and T22: at most 4 dials a second to one /24, however many addresses a peer invents.</remarks>
/// <param name="options">The rate.</param>
internal sealed class SubnetPacer(DialOptions options)
{
    private const int EntriesMax = 1024;
    private readonly Lock _gate = new();
    private readonly RateTable _rates = new(options.PerSubnetPerSecond, TimeSpan.FromSeconds(1) / options.PerSubnetPerSecond, EntriesMax);

    /// <summary>How long to wait before dialling; zero means go, and is counted.</summary>
    /// <param name="known">The address and its source.</param>
    /// <param name="now">Monotonic time.</param>
    public TimeSpan Take(in KnownAddress known, TimeSpan now)
    {
        AddressScope scope = AddressRules.Classify(known.Address);

        // Free: what a person asked for, what has worked before, this machine, and what the local link itself told about its own addresses.
        bool paced = known.Source < AddressSource.Manual && scope != AddressScope.Loopback
            && (scope == AddressScope.Public || known.Source == AddressSource.ThirdParty);
        if (!paced || !known.Address.TryGetTcp(out IPEndPoint? endPoint) || endPoint is null)
        {
            return TimeSpan.Zero;
        }

        AddressGroups groups = AddressGroups.Of(endPoint.Address, isPrivate: false);
        NetworkKey key = groups.Wide == default ? groups.Narrow : groups.Wide;
        lock (_gate)
        {
            if (_rates.TryTake(key, now))
            {
                return TimeSpan.Zero;
            }

            TimeSpan wait = _rates.WaitTime(key, now);
            return wait > TimeSpan.Zero ? wait : TimeSpan.FromMilliseconds(1);
        }
    }
}
