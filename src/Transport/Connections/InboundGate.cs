using System.Net;
using P2P.Core.Multiformats;
using P2P.Transport.Limits;
using P2P.Transport.Peers;

namespace P2P.Transport.Connections;

/// <summary>Decides before any cryptography whether an inbound connection may begin its handshake. Pure except for its lock; thread-safe.</summary>
/// <remarks>
/// Spec: limits, connection and handshake rows, T2 and T3. The lock is small: it guards counters, calls nothing outside, and evicted tickets are
/// cancelled by the caller after it.
/// </remarks>
/// <param name="limits">How many and how fast.</param>
internal sealed class InboundGate(ConnectionLimits limits)
{
    /// <summary>A handshake younger than this never makes room: an honest one needs a few milliseconds, a slow-loris all it can get.</summary>
    public static readonly TimeSpan EvictableAge = TimeSpan.FromMilliseconds(250);

    private const int RateEntriesMax = 4096;
    private static readonly TimeSpan s_addressInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly LinkedList<InboundTicket> _pending = [];
    private readonly Dictionary<NetworkKey, int> _pendingByHost = [];
    private readonly Dictionary<NetworkKey, int> _byNetwork = [];
    private readonly RateTable _rates = new(limits.NewPerAddressBurst, s_addressInterval, RateEntriesMax);
    private TokenBucket _global = new(limits.NewPerSecondMax, TimeSpan.FromSeconds(1) / limits.NewPerSecondMax, TimeSpan.Zero);

    /// <summary>Handshakes going on.</summary>
    public int Pending
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count;
            }
        }
    }

    /// <summary>Entries of all tables; zero when every ticket was given back, apart from rates.</summary>
    public int Counted
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count + _pendingByHost.Count + _byNetwork.Count;
            }
        }
    }

    /// <summary>Asks for a place.</summary>
    /// <param name="remote">Remote address of the raw connection.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="ticket">The place; give it back with <see cref="Release"/>.</param>
    /// <param name="evicted">A slow handshake to be cancelled by the caller, or null.</param>
    public ConnectionRefusal TryEnter(Multiaddr remote, TimeSpan now, out InboundTicket? ticket, out InboundTicket? evicted)
    {
        AddressGroups? groups = GroupsOf(remote);
        lock (_gate)
        {
            (ticket, evicted) = (null, null);
            ConnectionRefusal refusal = groups is null ? ConnectionRefusal.None : CheckAddress(groups, now);
            if (refusal == ConnectionRefusal.None && _pending.Count >= limits.PendingMax)
            {
                refusal = MakeRoom(now, out evicted);
            }

            if (refusal != ConnectionRefusal.None)
            {
                return refusal;
            }

            ticket = new InboundTicket(groups, now);
            _pending.AddLast(ticket);
            if (groups is not null)
            {
                Add(_pendingByHost, groups.Host, 1);
                CountNetworks(groups, 1);
            }

            return ConnectionRefusal.None;
        }
    }

    /// <summary>The handshake has succeeded; the connection stays counted under its networks.</summary>
    public void Established(InboundTicket ticket)
    {
        lock (_gate)
        {
            EndPending(ticket);
        }
    }

    /// <summary>Gives a place back. Idempotent.</summary>
    public void Release(InboundTicket ticket)
    {
        lock (_gate)
        {
            if (ticket.IsReleased)
            {
                return;
            }

            ticket.IsReleased = true;
            EndPending(ticket);
            if (ticket.Groups is { } groups)
            {
                CountNetworks(groups, -1);
            }
        }

        ticket.Dispose();
    }

    private AddressGroups? GroupsOf(Multiaddr remote)
    {
        AddressScope scope = AddressRules.Classify(remote);
        bool exempt = scope == AddressScope.Loopback && limits.LoopbackExempt;
        return !exempt && remote.TryGetTcp(out IPEndPoint? endPoint) && endPoint is not null
            ? AddressGroups.Of(endPoint.Address, scope != AddressScope.Public)
            : null;
    }

    // Cheapest and widest first. The global rate comes before the per-address one, so that the table of addresses cannot be filled faster than it empties.
    private ConnectionRefusal CheckAddress(AddressGroups groups, TimeSpan now)
    {
        if (_pendingByHost.GetValueOrDefault(groups.Host) >= limits.PendingPerAddressMax)
        {
            return ConnectionRefusal.PendingPerAddress;
        }

        if (_byNetwork.GetValueOrDefault(groups.Host) >= limits.PerAddressMax)
        {
            return ConnectionRefusal.PerAddress;
        }

        bool isIPv4 = groups.Host.Family == 4;
        int narrowMax = isIPv4 ? limits.PerIPv4Subnet24Max : limits.PerIPv6Subnet56Max;
        if (!groups.IsPrivate && (_byNetwork.GetValueOrDefault(groups.Narrow) >= narrowMax
            || (!isIPv4 && _byNetwork.GetValueOrDefault(groups.Wide) >= limits.PerIPv6Subnet48Max)))
        {
            return ConnectionRefusal.PerSubnet;
        }

        return !_global.TryTake(now) ? ConnectionRefusal.GlobalRate
            : !_rates.TryTake(groups.Host, now) ? ConnectionRefusal.AddressRate
            : ConnectionRefusal.None;
    }

    private ConnectionRefusal MakeRoom(TimeSpan now, out InboundTicket? evicted)
    {
        evicted = _pending.First?.Value;
        if (evicted is null || now - evicted.EnteredAt < EvictableAge)
        {
            evicted = null;
            return ConnectionRefusal.Pending;
        }

        EndPending(evicted);
        return ConnectionRefusal.None;
    }

    private void EndPending(InboundTicket ticket)
    {
        if (ticket.IsPending)
        {
            ticket.IsPending = false;
            _pending.Remove(ticket);
            if (ticket.Groups is { } groups)
            {
                Add(_pendingByHost, groups.Host, -1);
            }
        }
    }

    private void CountNetworks(AddressGroups groups, int by)
    {
        Add(_byNetwork, groups.Host, by);
        if (!groups.IsPrivate)
        {
            Add(_byNetwork, groups.Narrow, by);
            if (groups.Wide != default)
            {
                Add(_byNetwork, groups.Wide, by);
            }
        }
    }

    private static void Add(Dictionary<NetworkKey, int> counts, NetworkKey key, int by)
    {
        int count = counts.GetValueOrDefault(key) + by;
        if (count > 0)
        {
            counts[key] = count;
        }
        else
        {
            counts.Remove(key);
        }
    }
}
