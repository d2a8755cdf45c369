using P2P.Core.Identity;

namespace P2P.Transport.Yamux;

/// <summary>
/// A budget per peer below that of the process: a peer may have several connections for a moment, and each could otherwise hold a connection's
/// whole share. Thread-safe.
/// </summary>
/// <param name="peerBytesMax">Bytes of one peer.</param>
/// <param name="process">Of all.</param>
/// <remarks>Spec: limits, section 2, "bytes buffered"; section 5, rule 1.</remarks>
internal sealed class YamuxPeerBudgets(long peerBytesMax, YamuxBudget process)
{
    private readonly Lock _gate = new();

    // An entry lives as long as one of its connections.
    private readonly Dictionary<PeerId, YamuxBudget> _byPeer = [];

    /// <summary>Peers with a connection.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byPeer.Count;
            }
        }
    }

    /// <summary>Takes a connection in.</summary>
    /// <param name="peer">Whose.</param>
    /// <param name="member">The connection; give it back with <see cref="Leave"/>.</param>
    /// <returns>The peer's budget.</returns>
    public YamuxBudget Join(PeerId peer, IYamuxMember member)
    {
        lock (_gate)
        {
            if (!_byPeer.TryGetValue(peer, out YamuxBudget? budget))
            {
                _byPeer.Add(peer, budget = new YamuxBudget(peerBytesMax, process));
            }

            budget.Join(member);
            return budget;
        }
    }

    /// <summary>The connection has ended and returned everything.</summary>
    /// <param name="peer">Whose.</param>
    /// <param name="member">The connection.</param>
    public void Leave(PeerId peer, IYamuxMember member)
    {
        lock (_gate)
        {
            if (_byPeer.TryGetValue(peer, out YamuxBudget? budget) && budget.Leave(member) == 0)
            {
                _byPeer.Remove(peer);
            }
        }
    }
}
