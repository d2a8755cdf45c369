using P2P.Core.Identity;

namespace P2P.Node.Adapters;

/// <summary>
/// When a session that a peer opened is followed by one opened here. Two that cannot agree (a store that failed, other rules) would open one session
/// behind the other for ever. Thread-safe.
/// </summary>
/// <param name="peersMax">Peers remembered; full, all are forgotten.</param>
/// <param name="time">Clock.</param>
internal sealed class FollowUps(int peersMax, TimeProvider time)
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<PeerId, long> _last = [];

    /// <summary>Whether one may follow now; then it counts.</summary>
    public bool TryTake(PeerId peer)
    {
        long now = time.GetTimestamp();
        lock (_gate)
        {
            if (_last.TryGetValue(peer, out long last) && time.GetElapsedTime(last, now) < s_every)
            {
                return false;
            }

            if (_last.Count >= peersMax)
            {
                _last.Clear();
            }

            _last[peer] = now;
            return true;
        }
    }
}
