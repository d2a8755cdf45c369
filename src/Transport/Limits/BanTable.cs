using P2P.Core.Identity;

namespace P2P.Transport.Limits;

/// <summary>Peers that are refused until a time. Pure; guarded by whoever owns it.</summary>
/// <param name="max">Most peers; then the ban that ends first makes room.</param>
internal sealed class BanTable(int max)
{
    private readonly Dictionary<PeerId, TimeSpan> _until = [];

    public int Count => _until.Count;

    /// <summary>Refuses a peer; a ban that ends later stands.</summary>
    public void Ban(PeerId peer, TimeSpan until, TimeSpan now)
    {
        if (!_until.TryGetValue(peer, out TimeSpan standing) && _until.Count >= max)
        {
            DropExpired(now);
            if (_until.Count >= max)
            {
                _until.Remove(_until.OrderBy(static b => b.Value).ThenBy(static b => b.Key).First().Key);
            }
        }

        _until[peer] = until > standing ? until : standing;
    }

    /// <summary>Refuses a peer no longer.</summary>
    public void Unban(PeerId peer) => _until.Remove(peer);

    /// <summary>Whether a peer is refused now.</summary>
    public bool IsBanned(PeerId peer, TimeSpan now)
    {
        if (!_until.TryGetValue(peer, out TimeSpan until))
        {
            return false;
        }

        if (now < until)
        {
            return true;
        }

        _until.Remove(peer);
        return false;
    }

    private void DropExpired(TimeSpan now)
    {
        foreach (PeerId expired in _until.Where(b => b.Value <= now).Select(static b => b.Key).ToArray())
        {
            _until.Remove(expired);
        }
    }
}
