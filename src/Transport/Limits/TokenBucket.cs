namespace P2P.Transport.Limits;

/// <summary>Allows bursts up to a capacity and a mean rate. A mutable value without a clock of its own; one owner.</summary>
/// <param name="capacity">Tokens at most, and at the start; 1 or more.</param>
/// <param name="interval">Time in which one token comes back; above zero.</param>
/// <param name="now">Monotonic time of creation.</param>
public struct TokenBucket(int capacity, TimeSpan interval, TimeSpan now)
{
    // One instant instead of a count: the instant at which the bucket is full again.
    private TimeSpan _fullAt = now;

    /// <summary>Whether nothing has been taken lately, so that the bucket may be forgotten.</summary>
    /// <param name="now">Monotonic time.</param>
    public readonly bool IsFull(TimeSpan now) => _fullAt <= now;

    /// <summary>Takes a token, if there is one.</summary>
    /// <param name="now">Monotonic time.</param>
    public bool TryTake(TimeSpan now)
    {
        TimeSpan from = _fullAt > now ? _fullAt : now;
        if (from - now > interval * (capacity - 1))
        {
            return false;
        }

        _fullAt = from + interval;
        return true;
    }

    /// <summary>How long until a token is there; zero when there is one now.</summary>
    /// <param name="now">Monotonic time.</param>
    public readonly TimeSpan WaitTime(TimeSpan now)
    {
        TimeSpan excess = _fullAt - now - (interval * (capacity - 1));
        return excess > TimeSpan.Zero ? excess : TimeSpan.Zero;
    }
}
