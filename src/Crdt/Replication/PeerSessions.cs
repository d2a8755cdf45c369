using P2P.Core.Identity;

namespace P2P.Crdt.Replication;

/// <summary>
/// Sync sessions of one replica that are running: one with each peer. While one brings events, nothing is fetched by CID: what a
/// pack is about to bring must not be asked for event by event as well. A session that brings nothing holds fetches up only so long, one
/// that brings something six times as long, and behind every hold fetches are free for a while, whatever starts then: peers must not be
/// able to buy silence with one session after the other.
/// </summary>
internal sealed class PeerSessions(ReplicaOptions options)
{
    private const int HoldsMax = 6;

    private readonly HashSet<PeerId> _running = [];
    private TimeSpan _heldSince;
    private TimeSpan _heldUntil;
    private TimeSpan _freeUntil;

    private TimeSpan HeldUntil => _running.Count > 0 ? _heldUntil : TimeSpan.Zero;

    /// <summary>The earliest of what is due.</summary>
    public static TimeSpan Earliest(TimeSpan first, params ReadOnlySpan<TimeSpan?> others)
    {
        foreach (TimeSpan? other in others)
        {
            first = other is TimeSpan due && due < first ? due : first;
        }

        return first;
    }

    /// <summary>Whether fetches by CID wait for a session.</summary>
    public bool HoldsFetches(TimeSpan now) => now < HeldUntil;

    /// <summary>When the next fetch may really start.</summary>
    /// <param name="due">When it would; null when there is none.</param>
    public TimeSpan? FetchDue(TimeSpan? due) => due < HeldUntil ? HeldUntil : due;

    /// <summary>Starts a session, unless one with the peer is running or too many are.</summary>
    public void Start(PeerId peer, TimeSpan now, List<ReplicaEffect> effects)
    {
        if (!peer.IsNone && options.Syncer is not null && _running.Count < options.FetchInFlightMax && _running.Add(peer))
        {
            if (now >= _freeUntil)
            {
                _heldSince = now;
                HoldUntil(now + options.SyncHoldMax);
            }

            effects.Add(new SyncEffect(peer));
        }
    }

    /// <summary>A session ended.</summary>
    public void End(PeerId peer) => _running.Remove(peer);

    /// <summary>Events were applied.</summary>
    public void Progressed(int count, TimeSpan now)
    {
        if (count > 0 && HoldsFetches(now))
        {
            TimeSpan until = now + options.SyncHoldMax;
            TimeSpan limit = _heldSince + (options.SyncHoldMax * HoldsMax);
            HoldUntil(until < limit ? until : limit);
        }
    }

    private void HoldUntil(TimeSpan until)
    {
        _heldUntil = until;
        _freeUntil = until + options.SyncHoldMax;
    }
}
