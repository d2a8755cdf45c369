using P2P.Core.Identity;

namespace P2P.Dht.Engine;

/// <summary>
/// Providers in the order in which they are passed on, none twice. At once the first of each teller, up to ten; the rest at the end, those named by
/// most tellers first. So forged ids next to a key, each with forged providers of its own, cannot bury the true one, which all honest holders name.
/// </summary>
/// <remarks>Spec: limits T9 (at most 20 forged providers before the true one).</remarks>
internal sealed class ProviderMerge(PeerId self, int max)
{
    /// <summary>Providers passed on before the lookup has ended.</summary>
    public const int EarlyMax = 10;

    private readonly Dictionary<PeerId, int> _votes = [];
    private readonly List<PeerInfo> _held = [];
    private readonly HashSet<PeerId> _passed = [];

    /// <summary>For operations that look for no providers.</summary>
    public static ProviderMerge None { get; } = new(default, 0);

    /// <summary>As many as wanted were passed on.</summary>
    public bool IsFull => _passed.Count >= max;

    /// <summary>Takes in what one peer told; what comes back is passed on now.</summary>
    /// <param name="told">At most <see cref="KadOperations.ProvidersTaken"/>, none twice counted.</param>
    public PeerInfo? Add(IEnumerable<PeerInfo> told)
    {
        PeerInfo? first = null;
        HashSet<PeerId> seen = [];
        foreach (PeerInfo info in told)
        {
            if (info.Peer == self || !seen.Add(info.Peer))
            {
                continue;
            }

            int votes = _votes.GetValueOrDefault(info.Peer);
            _votes[info.Peer] = votes + 1;
            if (votes > 0)
            {
                continue;
            }

            if (first is null && _passed.Count < Math.Min(EarlyMax, max))
            {
                first = info;
                _passed.Add(info.Peer);
            }
            else
            {
                _held.Add(info);
            }
        }

        return first;
    }

    /// <summary>Takes what was held back, as far as more are wanted.</summary>
    public List<PeerInfo> TakeRest()
    {
        List<PeerInfo> result = [.. _held.OrderByDescending(h => _votes[h.Peer]).Take(max - _passed.Count)];
        _held.Clear();
        foreach (PeerInfo info in result)
        {
            _passed.Add(info.Peer);
        }

        return result;
    }
}
