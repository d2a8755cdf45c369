namespace P2P.Crdt.Presence;

/// <summary>Counts how fast something comes: so many at once, then one an interval. <c>default</c> has its whole burst left.</summary>
internal struct PresencePace
{
    private TimeSpan _paidUntil;

    /// <summary>Takes one if it may come now.</summary>
    /// <param name="interval">Between two.</param>
    /// <param name="burst">At once.</param>
    /// <param name="now">Time since the start.</param>
    public bool TryTake(TimeSpan interval, int burst, TimeSpan now)
    {
        TimeSpan from = _paidUntil > now ? _paidUntil : now;
        if (from - now > interval * (burst - 1))
        {
            return false;
        }

        _paidUntil = from + interval;
        return true;
    }

    /// <summary>Whether it may be forgotten: it has its whole burst left.</summary>
    public readonly bool IsIdle(TimeSpan now) => _paidUntil <= now;
}
