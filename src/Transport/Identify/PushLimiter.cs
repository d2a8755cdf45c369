using P2P.Core.Identity;
using P2P.Transport.Limits;

namespace P2P.Transport.Identify;

/// <summary>Counts the pushes of each peer. One bucket per connected peer, forgotten with it. Thread-safe.</summary>
/// <param name="options">Rate and burst.</param>
internal sealed class PushLimiter(IdentifyOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, TokenBucket> _buckets = [];

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _buckets.Count;
            }
        }
    }

    public bool TryTake(PeerId peer, TimeSpan now)
    {
        lock (_gate)
        {
            TokenBucket bucket = _buckets.TryGetValue(peer, out TokenBucket known)
                ? known
                : new TokenBucket(options.PushBurst, options.PushInterval, now);
            bool taken = bucket.TryTake(now);
            _buckets[peer] = bucket;
            return taken;
        }
    }

    public void Forget(PeerId peer)
    {
        lock (_gate)
        {
            _buckets.Remove(peer);
        }
    }
}
