using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Federation.State;

namespace P2P.Crdt.Replication;

/// <summary>
/// What is missing and when it is asked for again: exponential backoff with jitter, bounded fetches in flight that everybody has a turn in, and
/// negative caches for heads that peers announce and nobody has, and for links that were sought in vain and are named anew.
/// </summary>
/// <remarks>Spec: replica, section 5; row 21 of section 15.</remarks>
internal sealed class MissingLinks(ReplicaOptions options)
{
    /// <summary>An announced head nobody needs is given up after this many attempts.</summary>
    private const int AnnouncedAttemptsMax = 3;

    /// <summary>Attempts without success after which the document counts as stalled.</summary>
    private const int StalledAttempts = 5;

    private const int NegativeCacheMax = 4_096;

    private const int SoughtMax = 16_384;

    private readonly Dictionary<Cid, MissingLink> _links = [];
    private readonly FetchQueue _queue = new(options.FetchInFlightMax);
    private readonly Dictionary<PeerId, int> _announcedBy = [];
    private readonly BoundedMemo<Cid, Dictionary<PeerId, TimeSpan>> _refused = new(NegativeCacheMax);
    private readonly BoundedMemo<Cid, (int Attempts, TimeSpan DueAt)> _sought = new(SoughtMax);
    private readonly Dictionary<IReadOnlyList<Cid>, int> _outstanding = new(ReferenceEqualityComparer.Instance);

    /// <summary>Links needed by waiting events and not held.</summary>
    public int NeededCount { get; private set; }

    /// <summary>Whether anything is being looked for, announced heads included.</summary>
    public bool IsLooking => NeededCount > 0 || _announcedBy.Count > 0;

    /// <summary>Fetches asked for so far.</summary>
    public long Fetches { get; private set; }

    /// <summary>Needed links that were asked for in vain several times. Counted as they change: asked for with every status, which is several times an event.</summary>
    public int StalledCount { get; private set; }

    /// <summary>Whether there are any.</summary>
    public bool IsStalled => StalledCount > 0;

    /// <summary>Everything that is looked for or waited for, in no order; tests compare the counts with it.</summary>
    public IReadOnlyCollection<MissingLink> Links => _links.Values;

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

    /// <summary>
    /// The document is read again: what is in flight stays so and counts, and what was sought in vain goes on where it was left. Changes nothing there.
    /// </summary>
    public void GoOnFrom(MissingLinks? before)
    {
        if (before is null)
        {
            return;
        }

        _queue.GoOnFrom(before._queue);
        foreach ((IReadOnlyList<Cid> cids, int repeated) in before._outstanding)
        {
            _outstanding.Add(cids, repeated);
        }

        foreach ((Cid cid, (int Attempts, TimeSpan DueAt) sought) in before._sought.Entries)
        {
            _sought.Set(cid, sought);
        }

        foreach (MissingLink link in before._links.Values)
        {
            int attempts = link.Attempts + (link.InFlight ? 1 : 0);
            if (attempts > 0 && !link.IsHeld)
            {
                _sought.Set(link.Cid, (attempts, link.DueAt));
            }
        }

        foreach ((Cid cid, Dictionary<PeerId, TimeSpan> peers) in before._refused.Entries)
        {
            _refused.Set(cid, peers);
        }

        Fetches = before.Fetches;
    }

    /// <summary>A waiting event needs a link.</summary>
    /// <param name="cid">The link.</param>
    /// <param name="isHeld">Whether it waits as well.</param>
    /// <param name="lane">Who brought and who wrote the event.</param>
    /// <param name="now">Now.</param>
    public void Need(Cid cid, bool isHeld, FetchLane lane, TimeSpan now)
    {
        if (!_links.TryGetValue(cid, out MissingLink? link))
        {
            // Named anew it goes on where it was left: whoever repeats an event with a link to nothing does not begin its backoff again.
            (int attempts, TimeSpan dueAt) = _sought.TryGet(cid, out (int Attempts, TimeSpan DueAt) sought) ? sought : default;
            link = new MissingLink(cid) { IsHeld = isHeld, Lane = lane, Suggested = lane.Peer, Attempts = attempts, DueAt = dueAt > now ? dueAt : now };
            _links.Add(cid, link);
            if (!isHeld)
            {
                Schedule(link);
            }
        }
        else
        {
            _queue.Share(link, lane, now);
        }

        (int, int) before = CountsOf(link);
        link.Needs++;
        Count(before, link);
    }

    /// <summary>A waiting event is gone.</summary>
    public void Release(Cid cid)
    {
        if (_links.TryGetValue(cid, out MissingLink? link))
        {
            (int, int) before = CountsOf(link);
            link.Needs--;
            Count(before, link);
            if (link.Needs == 0 && link.Announcer.IsNone)
            {
                _links.Remove(cid);
                int attempts = link.Attempts + (link.InFlight ? 1 : 0);
                if (attempts > 0 && !link.IsHeld)
                {
                    _sought.Set(cid, (attempts, link.DueAt));
                }
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
        (int, int) before = CountsOf(link);
        link.IsHeld = isHeld;
        bool isSoughtAgain = link.Needs > 0 && !isHeld && !link.InFlight;
        link.Attempts += isSoughtAgain ? 1 : 0;
        Count(before, link);
        if (link.Needs == 0)
        {
            _links.Remove(cid);
        }
        else if (isSoughtAgain)
        {
            link.DueAt = now + Backoff(link.Attempts);
            Schedule(link);
        }
    }

    /// <summary>A link is admitted, or refused for ever.</summary>
    public void Resolve(Cid cid)
    {
        if (_links.Remove(cid, out MissingLink? link))
        {
            ForgetAnnouncer(link);
            (int, int) before = CountsOf(link);
            link.Needs = 0;
            Count(before, link);
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
        MissingLink link = new(cid) { Announcer = peer, Lane = new FetchLane(peer, default), Suggested = peer, DueAt = now + options.FetchBackoffMin };
        _announcedBy[peer] = count + 1;
        _links.Add(cid, link);
        Schedule(link);
        return true;
    }

    /// <summary>The next moment something may be due, or null.</summary>
    public TimeSpan? NextDue => _queue.NextDue;

    /// <summary>What to fetch now, by peer to ask first.</summary>
    public void Pump(TimeSpan now, List<ReplicaEffect> effects)
    {
        Dictionary<PeerId, List<MissingLink>>? batches = null;
        while (_queue.Next(now, IsGone) is MissingLink link)
        {
            batches ??= [];
            if (!batches.TryGetValue(link.Suggested, out List<MissingLink>? batch))
            {
                batches.Add(link.Suggested, batch = []);
            }

            batch.Add(link);
            link.DueAt = now + Wait(link.Attempts + 1); // should it be forgotten before the answer is here
        }

        foreach ((PeerId peer, List<MissingLink> batch) in batches ?? [])
        {
            Fetches += batch.Count;
            IReadOnlyList<Cid> cids = [.. batch.Select(static link => link.Cid)];
            _outstanding.Add(cids, batch.Count(static link => link.IsRepeated));
            effects.Add(new FetchEffect(cids, new FetchHint(peer, batch.Max(static link => link.Attempts))));
        }
    }

    /// <summary>A fetch ended; what it found has been received before this.</summary>
    public void Fetched(IReadOnlyList<Cid> cids, TimeSpan now)
    {
        if (!_outstanding.Remove(cids, out int repeated))
        {
            return; // not asked for here
        }

        _queue.Ended(cids.Count, repeated);
        foreach (Cid cid in cids)
        {
            if (!_links.TryGetValue(cid, out MissingLink? link) || !link.InFlight)
            {
                continue;
            }

            (int, int) before = CountsOf(link);
            link.InFlight = false;
            link.Attempts++;
            Count(before, link);
            link.Suggested = default; // it did not have it: ask somebody else
            if (link.Needs == 0 && link.Attempts >= AnnouncedAttemptsMax)
            {
                Refuse(link, now);
            }
            else if (!link.IsHeld && !options.Defects.HasFlag(DraftDefects.RetryOnce))
            {
                link.DueAt = now + Backoff(link.Attempts);
                Schedule(link);
            }
        }
    }

    private static bool IsNeeded(MissingLink link) => link.Needs > 0 && !link.IsHeld;

    private static (int Needed, int Stalled) CountsOf(MissingLink link) =>
        !IsNeeded(link) ? default : link.Attempts >= StalledAttempts ? (1, 1) : (1, 0);

    private void Count((int Needed, int Stalled) before, MissingLink link)
    {
        (int needed, int stalled) = CountsOf(link);
        NeededCount += needed - before.Needed;
        StalledCount += stalled - before.Stalled;
    }

    private void Schedule(MissingLink link) => _queue.Schedule(link, _links.Values);

    private bool IsGone(MissingLink link) => !_links.TryGetValue(link.Cid, out MissingLink? current) || !ReferenceEquals(current, link);

    private TimeSpan Wait(int attempts)
    {
        TimeSpan wait = options.FetchBackoffMin * Math.Pow(2, Math.Min(attempts - 1, 20));
        return wait < options.FetchBackoffMax ? wait : options.FetchBackoffMax;
    }

    // Jitter of a quarter: a thousand holes must not come due in one instant.
    private TimeSpan Backoff(int attempts)
    {
        TimeSpan wait = Wait(attempts);
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
