using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// When heads are announced: once per interval, uniform in [I, 2I], I doubling while nothing changes; not when somebody else
/// just said the same; soon after a peer joined or showed an old frontier.
/// </summary>
/// <remarks>Spec: replica, section 11. A hash that the announced heads do not recompute suppresses nothing: it may be a lie.</remarks>
internal sealed class Announcer
{
    private const int SuppressedMax = 2;
    private static readonly TimeSpan s_extraDelayMax = TimeSpan.FromSeconds(2);

    private readonly ReplicaOptions _options;
    private readonly Dictionary<PeerId, EventDigest> _heard = [];
    private readonly Dictionary<PeerId, TimeSpan> _answered = [];
    private readonly Queue<PeerId> _order = [];
    private TimeSpan _interval;
    private TimeSpan _dueAt;
    private TimeSpan? _extraAt;
    private bool _heardMine;
    private int _suppressed;

    public Announcer(ReplicaOptions options, TimeSpan now)
    {
        _options = options;
        _interval = options.AnnounceIntervalMin;
        _dueAt = now + options.Chance.Between(_interval, _interval * 2);
    }

    /// <summary>The next moment something may be due.</summary>
    public TimeSpan NextDue => _extraAt is TimeSpan extra && extra < _dueAt ? extra : _dueAt;

    /// <summary>Peers heard from.</summary>
    public int PeerCount => _heard.Count;

    /// <summary>Peers whose last announcement was exactly this frontier.</summary>
    public int ConfirmedBy(EventDigest frontier)
    {
        int count = 0;
        foreach (EventDigest heard in _heard.Values)
        {
            count += heard == frontier ? 1 : 0;
        }

        return count;
    }

    /// <summary>The frontier changed.</summary>
    public void Changed(TimeSpan now)
    {
        _heardMine = false;
        _suppressed = 0;
        if (_interval > _options.AnnounceIntervalMin)
        {
            _interval = _options.AnnounceIntervalMin;
            TimeSpan due = now + _options.Chance.Between(_interval, _interval * 2);
            _dueAt = due < _dueAt ? due : _dueAt;
        }
    }

    /// <summary>A peer announced a frontier.</summary>
    /// <param name="peer">The announcer: announcements are one hop.</param>
    /// <param name="frontier">What it says. Recorded even if unknown here: we may get there.</param>
    /// <param name="what">Whether it is ours and its heads recompute it; whether all its heads are known and not our frontier.</param>
    /// <param name="now">Now.</param>
    /// <returns>Whether it is answered: known heads that are not our frontier, once per peer and interval.</returns>
    public bool Heard(PeerId peer, EventDigest frontier, (bool IsMine, bool IsOld) what, TimeSpan now)
    {
        Remember(peer, frontier);
        _heardMine |= what.IsMine;
        if (what.IsOld && (!_answered.TryGetValue(peer, out TimeSpan last) || now - last >= _interval))
        {
            _answered[peer] = now; // once per peer and interval, or a chatty peer would make us one
            AnnounceSoon(now);
            return true;
        }

        return false;
    }

    /// <summary>A peer showed its frontier in a sync session: worth as much as an announcement, but nobody else heard it.</summary>
    public void Shown(PeerId peer, EventDigest frontier) => Remember(peer, frontier);

    /// <summary>Announce once more within two seconds.</summary>
    public void AnnounceSoon(TimeSpan now) => _extraAt ??= now + _options.Chance.Between(TimeSpan.Zero, s_extraDelayMax);

    /// <summary>Whether to announce now.</summary>
    public bool IsDue(TimeSpan now)
    {
        bool extra = _extraAt <= now;
        if (extra)
        {
            _extraAt = null;
        }

        if (_dueAt > now)
        {
            return extra;
        }

        bool suppressed = !extra && _heardMine && _suppressed < SuppressedMax;
        _suppressed = suppressed ? _suppressed + 1 : 0;
        _heardMine = false;
        TimeSpan doubled = _interval * 2;
        _interval = doubled < _options.AnnounceIntervalMax ? doubled : _options.AnnounceIntervalMax;
        _dueAt = now + _options.Chance.Between(_interval, _interval * 2);
        return !suppressed;
    }

    /// <summary>An announcement of these heads.</summary>
    public Announcement Make(Cid document, IReadOnlyList<Cid> heads, EventDigest frontier) => new(
        document,
        heads.Count <= GossipPayload.HeadsMax ? heads : [.. heads.Take(GossipPayload.HeadsMax)],
        frontier,
        _options.Chance.NextUInt64());

    private void Remember(PeerId peer, EventDigest frontier)
    {
        if (_heard.TryAdd(peer, frontier))
        {
            _order.Enqueue(peer);
            if (_order.Count > _options.PeersMax)
            {
                PeerId oldest = _order.Dequeue();
                _heard.Remove(oldest);
                _answered.Remove(oldest);
            }
        }
        else
        {
            _heard[peer] = frontier;
        }
    }
}
