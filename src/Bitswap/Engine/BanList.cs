using P2P.Core.Identity;

namespace P2P.Bitswap.Engine;

/// <summary>Peers that sent bytes nobody asked them for: neither asked nor heard for a while. Bounded; the ban that ends first makes room.</summary>
/// <param name="options">How long, how many.</param>
internal sealed class BanList(BitswapOptions options)
{
    private readonly Dictionary<PeerId, TimeSpan> _until = [];
    private readonly Queue<PeerId> _order = [];

    /// <summary>Who is banned.</summary>
    public IReadOnlySet<PeerId> Current(TimeSpan now)
    {
        Expire(now);
        return _until.Keys.ToHashSet();
    }

    public void Add(PeerId peer, TimeSpan now)
    {
        Expire(now);
        if (_until.Count >= options.PeersMax && _order.TryDequeue(out PeerId first))
        {
            _until.Remove(first);
        }

        if (_until.TryAdd(peer, now + options.BanTime))
        {
            _order.Enqueue(peer);
        }
    }

    public bool Contains(PeerId peer, TimeSpan now) => _until.TryGetValue(peer, out TimeSpan until) && now < until;

    // All bans are of one length, so the oldest ends first.
    private void Expire(TimeSpan now)
    {
        while (_order.TryPeek(out PeerId first) && _until[first] <= now)
        {
            _order.Dequeue();
            _until.Remove(first);
        }
    }
}
