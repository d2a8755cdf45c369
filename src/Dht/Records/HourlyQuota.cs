using P2P.Core.Identity;

namespace P2P.Dht.Records;

/// <summary>At most so many uses per peer and hour. Remembers a bounded number of peers; the one whose hour began first is forgotten.</summary>
internal sealed class HourlyQuota(int usesMax, int peersMax)
{
    private static readonly TimeSpan s_window = TimeSpan.FromHours(1);

    private readonly Dictionary<PeerId, (TimeSpan Since, int Used)> _used = [];
    private readonly Queue<(PeerId Peer, TimeSpan Since)> _order = [];

    public int PeerCount => _used.Count;

    /// <summary>Takes one use; false when the hour's share is gone.</summary>
    public bool TryUse(PeerId peer, TimeSpan now)
    {
        while (_order.TryPeek(out (PeerId Peer, TimeSpan Since) first) && (now - first.Since >= s_window || (_order.Count >= peersMax && !_used.ContainsKey(peer))))
        {
            _order.Dequeue();
            _used.Remove(first.Peer);
        }

        if (!_used.TryGetValue(peer, out (TimeSpan Since, int Used) state))
        {
            state = (now, 0);
            _order.Enqueue((peer, now));
        }

        if (state.Used >= usesMax)
        {
            return false;
        }

        _used[peer] = state with { Used = state.Used + 1 };
        return true;
    }
}
