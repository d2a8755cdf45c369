namespace P2P.Transport.Limits;

/// <summary>A token bucket per network, bounded. Pure; one owner.</summary>
/// <param name="capacity">Tokens per bucket.</param>
/// <param name="interval">Time in which one token comes back.</param>
/// <param name="entriesMax">Networks remembered.</param>
internal sealed class RateTable(int capacity, TimeSpan interval, int entriesMax)
{
    private readonly Dictionary<NetworkKey, TokenBucket> _buckets = [];

    public int Count => _buckets.Count;

    /// <summary>Takes a token of a network.</summary>
    /// <returns>False when it has none, or when the table is full of networks that are all being limited.</returns>
    public bool TryTake(NetworkKey key, TimeSpan now)
    {
        if (!_buckets.TryGetValue(key, out TokenBucket bucket))
        {
            if (_buckets.Count >= entriesMax && !Purge(now))
            {
                return false;
            }

            bucket = new TokenBucket(capacity, interval, now);
        }

        bool taken = bucket.TryTake(now);
        _buckets[key] = bucket;
        return taken;
    }

    /// <summary>How long until <see cref="TryTake"/> may succeed.</summary>
    public TimeSpan WaitTime(NetworkKey key, TimeSpan now) => _buckets.TryGetValue(key, out TokenBucket bucket) ? bucket.WaitTime(now) : interval;

    private bool Purge(TimeSpan now)
    {
        foreach ((NetworkKey key, TokenBucket bucket) in _buckets)
        {
            if (bucket.IsFull(now))
            {
                _buckets.Remove(key); // removing while enumerating is allowed for Dictionary
            }
        }

        return _buckets.Count < entriesMax;
    }
}
