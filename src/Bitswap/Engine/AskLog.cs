using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Bitswap.Engine;

/// <summary>
/// What peers were asked for a short while ago. Their answers may still be on the way when we no longer care, so a block is only held against
/// its sender when it was never asked for it. Bounded; when it had to forget something too early it vouches for everybody for a while.
/// </summary>
/// <param name="capacity">Entries.</param>
internal sealed class AskLog(int capacity)
{
    /// <summary>How long an answer may take after we have lost interest.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(PeerId Peer, Cid Cid), TimeSpan> _endedAt = [];
    private readonly Queue<((PeerId Peer, Cid Cid) Ask, TimeSpan At)> _order = [];
    private TimeSpan _blindUntil;

    public int Count => _order.Count;

    /// <summary>Notes that we no longer wait for an answer.</summary>
    public void Ended(PeerId peer, Cid cid, TimeSpan now)
    {
        Expire(now);
        if (_order.Count >= capacity)
        {
            _blindUntil = now + Memory;
            RemoveOldest();
        }

        _endedAt[(peer, cid)] = now;
        _order.Enqueue(((peer, cid), now));
    }

    /// <summary>Whether the peer may have been asked.</summary>
    public bool MayHaveAsked(PeerId peer, Cid cid, TimeSpan now)
    {
        Expire(now);
        return now < _blindUntil || _endedAt.ContainsKey((peer, cid));
    }

    private void Expire(TimeSpan now)
    {
        while (_order.TryPeek(out ((PeerId Peer, Cid Cid) Ask, TimeSpan At) oldest) && now - oldest.At >= Memory)
        {
            RemoveOldest();
        }
    }

    private void RemoveOldest()
    {
        ((PeerId Peer, Cid Cid) ask, TimeSpan at) = _order.Dequeue();
        if (_endedAt.TryGetValue(ask, out TimeSpan last) && last == at)
        {
            _endedAt.Remove(ask);
        }
    }
}
