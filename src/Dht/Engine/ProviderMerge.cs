using P2P.Core.Identity;

namespace P2P.Dht.Engine;

/// <summary>
/// Providers in the order in which they are passed on: one of each teller in turn, none twice. So a peer that names a hundred forged providers
/// delays the true ones of the others by one each.
/// </summary>
/// <remarks>Spec: limits T9.</remarks>
internal sealed class ProviderMerge(PeerId self, int max)
{
    private readonly List<Queue<PeerInfo>> _tellers = [];
    private readonly HashSet<PeerId> _passed = [];

    /// <summary>For operations that look for no providers.</summary>
    public static ProviderMerge None { get; } = new(default, 0);

    /// <summary>As many as wanted were passed on.</summary>
    public bool IsFull => _passed.Count >= max;

    public void Add(IEnumerable<PeerInfo> told) => _tellers.Add(new Queue<PeerInfo>(told));

    /// <summary>Takes one of each teller, or all.</summary>
    public List<PeerInfo> Take(bool all)
    {
        List<PeerInfo> result = [];
        int before;
        do
        {
            before = result.Count;
            foreach (Queue<PeerInfo> teller in _tellers)
            {
                if (!IsFull && TryNext(teller) is PeerInfo info)
                {
                    result.Add(info);
                }
            }
        }
        while (all && result.Count > before);
        return result;
    }

    private PeerInfo? TryNext(Queue<PeerInfo> teller)
    {
        while (teller.TryDequeue(out PeerInfo? info))
        {
            if (info.Peer != self && _passed.Add(info.Peer))
            {
                return info;
            }
        }

        return null;
    }
}
