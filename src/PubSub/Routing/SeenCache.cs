namespace P2P.PubSub.Routing;

/// <summary>Ids of the last while. Both ends bounded: a flood of new ids pushes out the oldest (GHSA-84x2-2qv6-qg56).</summary>
internal sealed class SeenCache(TimeSpan ttl, int capacity, SeenKeyComparer comparer)
{
    private readonly Dictionary<SeenKey, TimeSpan> _at = new(comparer);

    // May hold stale entries of forgotten ids; its length is what is bounded.
    private readonly Queue<(SeenKey Id, TimeSpan At)> _order = [];

    public int Count => _at.Count;

    public bool Contains(SeenKey id, TimeSpan now) => _at.TryGetValue(id, out TimeSpan at) && now - at < ttl;

    /// <summary>False when it is there already.</summary>
    public bool TryAdd(SeenKey id, TimeSpan now)
    {
        Expire(now);
        if (!_at.TryAdd(id, now))
        {
            return false;
        }

        if (_order.Count >= capacity)
        {
            RemoveOldest();
        }

        _order.Enqueue((id, now));
        return true;
    }

    /// <summary>Lets the id come again.</summary>
    public void Forget(SeenKey id) => _at.Remove(id);

    public void Expire(TimeSpan now)
    {
        while (_order.TryPeek(out (SeenKey Id, TimeSpan At) oldest) && now - oldest.At >= ttl)
        {
            RemoveOldest();
        }
    }

    private void RemoveOldest()
    {
        (SeenKey id, TimeSpan at) = _order.Dequeue();
        if (_at.TryGetValue(id, out TimeSpan current) && current == at)
        {
            _at.Remove(id);
        }
    }
}
