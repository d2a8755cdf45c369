using P2P.Core.Identity;
using P2P.Transport.Limits;

namespace P2P.Transport.Connections;

/// <summary>
/// Which connections there are, which one of a peer is used, which is surplus, and the limits. Pure; guarded by <see cref="NetworkState"/>.
/// </summary>
/// <remarks>
/// Spec: libp2p wire, section 20, simultaneous dial. Both connections are proven before one is chosen, both sides choose by the same rule, and the
/// other is closed only after its streams have ended: closing early on both sides loses both (rust #752, go #781).
/// </remarks>
/// <param name="local">Who we are.</param>
/// <param name="limits">How many.</param>
internal sealed class ConnectionTable(PeerId local, ConnectionLimits limits)
{
    /// <summary>Connections dialled by different sides within this time count as one simultaneous dial; it is the handshake's time limit.</summary>
    public static readonly TimeSpan Simultaneous = TimeSpan.FromSeconds(10);

    /// <summary>A connection without streams must be this old before it makes room for another.</summary>
    public static readonly TimeSpan IdleMin = TimeSpan.FromMinutes(1);

    private readonly Dictionary<PeerId, List<PeerConnection>> _peers = [];
    private readonly HashSet<PeerId> _protected = [];

    public int Inbound { get; private set; }

    public int Outbound { get; private set; }

    public int Total => Inbound + Outbound;

    public IEnumerable<PeerId> Peers => _peers.Keys;

    public IEnumerable<PeerConnection> All => _peers.Values.SelectMany(static list => list);

    public bool Contains(PeerId peer) => _peers.ContainsKey(peer);

    public IReadOnlyList<PeerConnection> Of(PeerId peer) => _peers.TryGetValue(peer, out List<PeerConnection>? list) ? list : [];

    public void Protect(PeerId peer, bool isProtected)
    {
        if (isProtected)
        {
            _protected.Add(peer);
        }
        else
        {
            _protected.Remove(peer);
        }
    }

    /// <summary>Whether one more connection of this direction fits, without making room.</summary>
    public ConnectionRefusal Check(bool outbound, PeerId peer)
    {
        bool mayUseReserve = _protected.Contains(peer);
        int totalMax = mayUseReserve ? limits.TotalMax : Math.Max(0, limits.TotalMax - limits.ReservedForProtected);
        return outbound && Outbound >= limits.OutboundMax ? ConnectionRefusal.Outbound
            : !outbound && Inbound >= limits.InboundMax ? ConnectionRefusal.Inbound
            : Total >= totalMax ? ConnectionRefusal.Total
            : ConnectionRefusal.None;
    }

    /// <summary>Whether one more inbound connection is impossible even for a protected peer.</summary>
    public ConnectionRefusal CheckAnybody() =>
        Inbound >= limits.InboundMax ? ConnectionRefusal.Inbound
        : Total >= limits.TotalMax || (Total >= limits.TotalMax - limits.ReservedForProtected && _protected.Count == 0) ? ConnectionRefusal.Total
        : ConnectionRefusal.None;

    /// <summary>Adds a proven connection.</summary>
    /// <param name="connection">Not from ourselves.</param>
    /// <param name="now">Monotonic time.</param>
    /// <param name="evicted">A connection that must be closed to keep the limits, or null.</param>
    public ConnectionRefusal Admit(PeerConnection connection, TimeSpan now, out PeerConnection? evicted)
    {
        evicted = null;
        ConnectionRefusal refusal = Check(connection.Outbound, connection.Peer);
        if (refusal != ConnectionRefusal.None)
        {
            evicted = FindIdle(refusal, now);
            if (evicted is null)
            {
                return refusal;
            }

            Remove(evicted, now);
        }

        if (!_peers.TryGetValue(connection.Peer, out List<PeerConnection>? list))
        {
            _peers.Add(connection.Peer, list = []);
        }

        if (list.Count >= limits.PerPeerMax)
        {
            // A peer that comes back again and again (it crashes and restarts) must not be locked out by its own dead connections.
            PeerConnection preferred = Preferred(list);
            PeerConnection oldest = list.First(c => c != preferred);
            Remove(oldest, now);
            evicted ??= oldest;
        }

        list.Add(connection);
        Count(connection, 1);
        MarkSurplus(list, now);
        return ConnectionRefusal.None;
    }

    /// <summary>Removes a connection that has ended.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="now">Monotonic time.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(PeerConnection connection, TimeSpan now)
    {
        if (!_peers.TryGetValue(connection.Peer, out List<PeerConnection>? list) || !list.Remove(connection))
        {
            return false;
        }

        Count(connection, -1);
        if (list.Count == 0)
        {
            _peers.Remove(connection.Peer);
        }
        else
        {
            MarkSurplus(list, now);
        }

        return true;
    }

    /// <summary>The connection new streams use, or null.</summary>
    public PeerConnection? Preferred(PeerId peer) => _peers.TryGetValue(peer, out List<PeerConnection>? list) ? Preferred(list) : null;

    /// <summary>Surplus connections that we may close now: their streams have ended and both sides have had time to see the kept one.</summary>
    public List<PeerConnection> ClosableSurplus(TimeSpan now, TimeSpan grace)
    {
        List<PeerConnection> closable = [];
        foreach (List<PeerConnection> list in _peers.Values)
        {
            if (list.Count < 2)
            {
                continue;
            }

            PeerConnection kept = Preferred(list);
            foreach (PeerConnection connection in list)
            {
                if (connection.SurplusSince is { } since && now - since >= grace && MayClose(connection, kept) && connection.Muxed.OpenStreams == 0)
                {
                    closable.Add(connection);
                }
            }
        }

        return closable;
    }

    /// <summary>The oldest unprotected connection without streams whose end would lift the refusal, or null.</summary>
    public PeerConnection? FindIdle(ConnectionRefusal refusal, TimeSpan now)
    {
        PeerConnection? idle = null;
        foreach (PeerConnection candidate in All)
        {
            bool helps = refusal == ConnectionRefusal.Total || candidate.Outbound == (refusal == ConnectionRefusal.Outbound);
            if (helps && !_protected.Contains(candidate.Peer) && now - candidate.StartedAt >= IdleMin && candidate.Muxed.OpenStreams == 0
                && (idle is null || candidate.StartedAt < idle.StartedAt))
            {
                idle = candidate;
            }
        }

        return idle;
    }

    private static PeerConnection Preferred(PeerId local, PeerConnection x, PeerConnection y)
    {
        // y was admitted after x.
        bool simultaneous = x.Outbound != y.Outbound && y.StartedAt - x.StartedAt <= Simultaneous;
        if (!simultaneous)
        {
            return y; // whoever dials although it has a connection has lost that one without our noticing
        }

        bool oursIsKept = local.CompareTo(x.Peer) < 0;
        return x.Outbound == oursIsKept ? x : y;
    }

    // After a simultaneous dial both sides know the same answer. Otherwise only the side that dialled the kept one knows that it meant to replace
    // the other; two sides that each closed "the older one" could disagree on the order and lose both.
    private static bool MayClose(PeerConnection surplus, PeerConnection kept) =>
        kept.Outbound || (surplus.Outbound && (kept.StartedAt - surplus.StartedAt).Duration() <= Simultaneous);

    private PeerConnection Preferred(List<PeerConnection> list)
    {
        PeerConnection best = list[0];
        for (int i = 1; i < list.Count; i++)
        {
            best = Preferred(local, best, list[i]);
        }

        return best;
    }

    private void MarkSurplus(List<PeerConnection> list, TimeSpan now)
    {
        PeerConnection kept = Preferred(list);
        foreach (PeerConnection connection in list)
        {
            connection.SurplusSince = connection == kept ? null : connection.SurplusSince ?? now;
        }
    }

    private void Count(PeerConnection connection, int by)
    {
        if (connection.Outbound)
        {
            Outbound += by;
        }
        else
        {
            Inbound += by;
        }
    }
}
