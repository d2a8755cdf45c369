using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;

namespace P2P.Crdt.Replication;

/// <summary>
/// What is missing and when it is asked for again: exponential backoff with jitter, bounded fetches in flight, and a negative
/// cache for heads that peers announce and nobody has.
/// </summary>
/// <remarks>Spec: replica, section 5; row 21 of section 15.</remarks>
internal sealed class MissingLinks(ReplicaOptions options)
{
    /// <summary>An announced head nobody needs is given up after this many attempts.</summary>
    private const int AnnouncedAttemptsMax = 3;

    /// <summary>Attempts without success after which the document counts as stalled.</summary>
    private const int StalledAttempts = 5;

    private const int NegativeCacheMax = 4_096;

    private readonly Dictionary<Cid, MissingLink> _links = [];
    private readonly PriorityQueue<MissingLink, TimeSpan> _due = new();
    private readonly Dictionary<PeerId, int> _announcedBy = [];
    private readonly BoundedMemo<Cid, Dictionary<PeerId, TimeSpan>> _refused = new(NegativeCacheMax);
    private readonly HashSet<IReadOnlyList<Cid>> _outstanding = new(ReferenceEqualityComparer.Instance);
    private int _inFlight;

    /// <summary>Links needed by waiting events and not held.</summary>
    public int NeededCount { get; private set; }

    /// <summary>Whether anything is being looked for, announced heads included.</summary>
    public bool IsLooking => NeededCount > 0 || _announcedBy.Count > 0;

    /// <summary>Fetches asked for so far.</summary>
    public long Fetches { get; private set; }

    /// <summary>Whether a needed link was asked for in vain several times.</summary>
    public bool IsStalled => NeededCount > 0 && _links.Values.Any(static link => IsNeeded(link) && link.Attempts >= StalledAttempts);

    /// <summary>Announced heads and links of waiting events, ascending.</summary>
    public List<Cid> All() => [.. _links.Keys.Order()];

    /// <summary>Needed links, ascending.</summary>
    public List<Cid> Needed()
    {
        List<Cid> cids = [];
        foreach (MissingLink link in _links.Values)
        {
            if (IsNeeded(link))
            {
                cids.Add(link.Cid);
            }
        }

        cids.Sort();
        return cids;
    }

    /// <summary>A waiting event needs a link.</summary>
    public void Need(Cid cid, bool isHeld, PeerId suggested, TimeSpan now)
    {
        if (!_links.TryGetValue(cid, out MissingLink? link))
        {
            link = new MissingLink(cid) { IsHeld = isHeld, Suggested = suggested, DueAt = now };
            _links.Add(cid, link);
            if (!isHeld)
            {
                Schedule(link);
            }
        }

        bool before = IsNeeded(link);
        link.Needs++;
        Count(before, link);
    }

    /// <summary>A waiting event is gone.</summary>
    public void Release(Cid cid)
    {
        if (_links.TryGetValue(cid, out MissingLink? link))
        {
            bool before = IsNeeded(link);
            link.Needs--;
            Count(before, link);
            if (link.Needs == 0 && link.Announcer.IsNone)
            {
                _links.Remove(cid);
            }
        }
    }

    /// <summary>A link arrived in the waiting room, or was evicted from it.</summary>
    public void SetHeld(Cid cid, bool isHeld, TimeSpan now)
    {
        if (!_links.TryGetValue(cid, out MissingLink? link))
        {
            return;
        }

        ForgetAnnouncer(link);
        bool before = IsNeeded(link);
        link.IsHeld = isHeld;
        Count(before, link);
        if (link.Needs == 0)
        {
            _links.Remove(cid);
        }
        else if (!isHeld && !link.InFlight)
        {
            link.DueAt = now + Backoff(++link.Attempts);
            Schedule(link);
        }
    }

    /// <summary>A link is admitted, or refused for ever.</summary>
    public void Resolve(Cid cid)
    {
        if (_links.Remove(cid, out MissingLink? link))
        {
            ForgetAnnouncer(link);
            if (IsNeeded(link))
            {
                NeededCount--;
            }

            link.Needs = 0;
        }
    }

    /// <summary>A peer announced a head that is not held.</summary>
    /// <returns>Whether it is looked for: not when the peer announced it in vain before, or too many others.</returns>
    public bool Announced(Cid cid, PeerId peer, TimeSpan now)
    {
        if (_links.ContainsKey(cid))
        {
            return true;
        }

        if ((_refused.TryGet(cid, out Dictionary<PeerId, TimeSpan>? refused) && refused!.TryGetValue(peer, out TimeSpan until) && until > now)
            || (_announcedBy.TryGetValue(peer, out int count) && count >= options.AnnouncedPerPeerMax)
            || (count == 0 && _announcedBy.Count >= options.PeersMax))
        {
            return false;
        }

        // The sync session with the announcer comes first; fetching alone is for what it leaves open.
        MissingLink link = new(cid) { Announcer = peer, Suggested = peer, DueAt = now + options.FetchBackoffMin };
        _announcedBy[peer] = count + 1;
        _links.Add(cid, link);
        Schedule(link);
        return true;
    }

    /// <summary>The next moment something may be due, or null.</summary>
    public TimeSpan? NextDue => _inFlight < options.FetchInFlightMax && _due.TryPeek(out _, out TimeSpan due) ? due : null;

    /// <summary>What to fetch now, by peer to ask first.</summary>
    public void Pump(TimeSpan now, List<ReplicaEffect> effects)
    {
        Dictionary<PeerId, List<MissingLink>>? batches = null;
        while (_inFlight < options.FetchInFlightMax && _due.TryPeek(out MissingLink? link, out TimeSpan due) && due <= now)
        {
            _due.Dequeue();
            if (link.InFlight || link.IsHeld || due != link.DueAt || !_links.TryGetValue(link.Cid, out MissingLink? current)
                || !ReferenceEquals(current, link))
            {
                continue; // stale: rescheduled, held or resolved since
            }

            link.InFlight = true;
            _inFlight++;
            batches ??= [];
            if (!batches.TryGetValue(link.Suggested, out List<MissingLink>? batch))
            {
                batches.Add(link.Suggested, batch = []);
            }

            batch.Add(link);
        }

        foreach ((PeerId peer, List<MissingLink> batch) in batches ?? [])
        {
            Fetches += batch.Count;
            IReadOnlyList<Cid> cids = [.. batch.Select(static link => link.Cid)];
            _outstanding.Add(cids);
            effects.Add(new FetchEffect(cids, new FetchHint(peer, batch.Max(static link => link.Attempts))));
        }
    }

    /// <summary>A fetch ended; what it found has been received before this.</summary>
    public void Fetched(IReadOnlyList<Cid> cids, TimeSpan now)
    {
        if (!_outstanding.Remove(cids))
        {
            return; // asked for before a reload
        }

        _inFlight -= cids.Count;
        foreach (Cid cid in cids)
        {
            if (!_links.TryGetValue(cid, out MissingLink? link) || !link.InFlight)
            {
                continue;
            }

            link.InFlight = false;
            link.Attempts++;
            link.Suggested = default; // it did not have it: ask somebody else
            if (link.Needs == 0 && link.Attempts >= AnnouncedAttemptsMax)
            {
                Refuse(link, now);
            }
            else if (!link.IsHeld)
            {
                link.DueAt = now + Backoff(link.Attempts);
                Schedule(link);
            }
        }
    }

    private static bool IsNeeded(MissingLink link) => link.Needs > 0 && !link.IsHeld;

    private void Count(bool before, MissingLink link) => NeededCount += (IsNeeded(link) ? 1 : 0) - (before ? 1 : 0);

    private void Schedule(MissingLink link) => _due.Enqueue(link, link.DueAt);

    // Jitter of a quarter: a thousand holes must not come due in one instant.
    private TimeSpan Backoff(int attempts)
    {
        TimeSpan wait = options.FetchBackoffMin * Math.Pow(2, Math.Min(attempts - 1, 20));
        wait = wait < options.FetchBackoffMax ? wait : options.FetchBackoffMax;
        return options.Chance.Between(wait * 0.75, wait * 1.25);
    }

    private void Refuse(MissingLink link, TimeSpan now)
    {
        PeerId peer = link.Announcer;
        ForgetAnnouncer(link);
        _links.Remove(link.Cid);
        if (!_refused.TryGet(link.Cid, out Dictionary<PeerId, TimeSpan>? peers))
        {
            _refused.Set(link.Cid, peers = []);
        }

        if (peers!.Count < options.PeersMax)
        {
            peers[peer] = now + options.FetchBackoffMax;
        }
    }

    private void ForgetAnnouncer(MissingLink link)
    {
        if (!link.Announcer.IsNone && _announcedBy.TryGetValue(link.Announcer, out int count))
        {
            if (count == 1)
            {
                _announcedBy.Remove(link.Announcer);
            }
            else
            {
                _announcedBy[link.Announcer] = count - 1;
            }
        }

        link.Announcer = default;
    }
}
