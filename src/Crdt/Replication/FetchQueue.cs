namespace P2P.Crdt.Replication;

/// <summary>
/// When missing links are fetched: those that are due take turns, first tries and repeated ones alternately, and repeated ones hold at most half of
/// what may be in flight. So what nobody has delays nothing that somebody has.
/// </summary>
/// <param name="inFlightMax">Links in flight at once.</param>
internal sealed class FetchQueue(int inFlightMax)
{
    private const int SlackMax = 1_024;

    private readonly PriorityQueue<MissingLink, TimeSpan> _later = new();
    private readonly FetchTurns _first = new();
    private readonly FetchTurns _again = new();
    private int _inFlight;
    private int _againInFlight;
    private bool _isAgainsTurn;

    /// <summary>Whether one of those that are due may go now.</summary>
    private bool HasReady => _inFlight < inFlightMax && (_first.Count > 0 || (_again.Count > 0 && MayAgain));

    private bool MayAgain => _againInFlight < Math.Max(1, inFlightMax / 2);

    /// <summary>The next moment something may be fetched, or null.</summary>
    public TimeSpan? NextDue => HasReady ? TimeSpan.Zero : _inFlight < inFlightMax && _later.TryPeek(out _, out TimeSpan due) ? due : null;

    /// <summary>A link is due at its time.</summary>
    /// <param name="link">The link.</param>
    /// <param name="all">All links there are: what is gone is forgotten when there is too much of it.</param>
    public void Schedule(MissingLink link, IReadOnlyCollection<MissingLink> all)
    {
        _later.Enqueue(link, link.DueAt);
        if (_later.Count + _first.Count + _again.Count > (2 * all.Count) + SlackMax)
        {
            Rebuild(all);
        }
    }

    /// <summary>Somebody else needs it too: if it is due, it has a place in his lane as well.</summary>
    public void Share(MissingLink link, FetchLane lane, TimeSpan now)
    {
        if (lane != link.Lane && IsWaiting(link) && link.DueAt <= now)
        {
            TurnsOf(link).Enqueue(lane, link);
        }
    }

    /// <summary>The next link to be fetched now, or null.</summary>
    /// <param name="now">Now.</param>
    /// <param name="isGone">Whether a link was dealt with otherwise.</param>
    public MissingLink? Next(TimeSpan now, Predicate<MissingLink> isGone)
    {
        while (_later.TryPeek(out MissingLink? due, out TimeSpan at) && at <= now)
        {
            _later.Dequeue();
            if (IsWaiting(due) && at == due.DueAt && !isGone(due))
            {
                TurnsOf(due).Enqueue(due.Lane, due);
            }
        }

        while (HasReady)
        {
            _isAgainsTurn = _again.Count > 0 && MayAgain && (!_isAgainsTurn || _first.Count == 0);
            MissingLink link = (_isAgainsTurn ? _again : _first).Dequeue(out TimeSpan dueAt)!;
            if (IsWaiting(link) && dueAt == link.DueAt && !isGone(link))
            {
                link.InFlight = true;
                link.IsRepeated = link.Attempts > 0;
                _inFlight++;
                _againInFlight += link.IsRepeated ? 1 : 0;
                return link;
            }
        }

        return null;
    }

    /// <summary>What another queue has in flight is in flight here.</summary>
    public void GoOnFrom(FetchQueue before) => (_inFlight, _againInFlight) = (before._inFlight, before._againInFlight);

    /// <summary>A fetch of so many links ended.</summary>
    /// <param name="links">How many.</param>
    /// <param name="repeated">How many of them had been tried before.</param>
    public void Ended(int links, int repeated)
    {
        _inFlight -= links;
        _againInFlight -= repeated;
    }

    private static bool IsWaiting(MissingLink link) => !link.InFlight && !link.IsHeld;

    private FetchTurns TurnsOf(MissingLink link) => link.Attempts == 0 ? _first : _again;

    private void Rebuild(IReadOnlyCollection<MissingLink> all)
    {
        _later.Clear();
        _first.Clear();
        _again.Clear();
        foreach (MissingLink link in all)
        {
            if (IsWaiting(link))
            {
                _later.Enqueue(link, link.DueAt);
            }
        }
    }
}
