using P2P.Core.Identity;

namespace P2P.PubSub.Routing;

/// <summary>Until when whom must not be grafted where. Bounded; only topics of ours are ever recorded (CVE-2026-95859).</summary>
internal sealed class BackoffTable(int capacity)
{
    private readonly Dictionary<(TopicKey Topic, PeerId Peer), Backoff> _backoffs = [];
    private readonly List<(TopicKey Topic, PeerId Peer)> _over = [];

    public int Count => _backoffs.Count;

    /// <summary>Records a backoff unless a longer one stands.</summary>
    /// <returns>False when the table is full.</returns>
    public bool TryAdd(TopicKey topic, PeerId peer, TimeSpan now, TimeSpan time)
    {
        (TopicKey Topic, PeerId Peer) key = (topic, peer);
        if (_backoffs.TryGetValue(key, out Backoff standing))
        {
            _backoffs[key] = new Backoff(now, standing.Until > now + time ? standing.Until : now + time);
            return true;
        }

        if (_backoffs.Count >= capacity)
        {
            return false;
        }

        _backoffs.Add(key, new Backoff(now, now + time));
        return true;
    }

    /// <summary>Whether a GRAFT of theirs at <paramref name="now"/> is too early.</summary>
    public bool IsActive(TopicKey topic, PeerId peer, TimeSpan now, out TimeSpan since)
    {
        bool found = _backoffs.TryGetValue((topic, peer), out Backoff backoff);
        since = found ? now - backoff.Since : TimeSpan.MaxValue;
        return found && now < backoff.Until;
    }

    /// <summary>Whether we may not graft: <paramref name="slack"/> longer, for the other side's clock.</summary>
    public bool Forbids(TopicKey topic, PeerId peer, TimeSpan now, TimeSpan slack) =>
        _backoffs.TryGetValue((topic, peer), out Backoff backoff) && now < backoff.Until + slack;

    /// <summary>Forgets what ended before <paramref name="now"/> less <paramref name="slack"/>.</summary>
    public void Expire(TimeSpan now, TimeSpan slack)
    {
        _over.Clear();
        foreach (((TopicKey Topic, PeerId Peer) key, Backoff backoff) in _backoffs)
        {
            if (now >= backoff.Until + slack)
            {
                _over.Add(key);
            }
        }

        foreach ((TopicKey Topic, PeerId Peer) key in _over)
        {
            _backoffs.Remove(key);
        }
    }

    private readonly record struct Backoff(TimeSpan Since, TimeSpan Until);
}
