using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Messages;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Routing;

/// <summary>What the parts of the router share, and the one way they speak: effects.</summary>
internal sealed class RouterState
{
    private readonly Dictionary<PeerState, OutRpc> _pending = [];

    public RouterState(PeerId self, PubSubOptions options, IChance chance)
    {
        Self = self;
        Options = options;
        Chance = chance;
        Comparer = new MessageIdComparer(chance);
        SeenComparer = new SeenKeyComparer(Comparer);
        Seen = new SeenCache(options.SeenTtl, options.SeenMax, SeenComparer);
        Cache = new MessageCache(options, Comparer);
        Backoffs = new BackoffTable(options.BackoffsMax);
        Scores = new PeerScores(options.Score);
    }

    public PeerId Self { get; }

    public PubSubOptions Options { get; }

    public IChance Chance { get; }

    public MessageIdComparer Comparer { get; }

    public SeenKeyComparer SeenComparer { get; }

    public Dictionary<PeerId, PeerState> Peers { get; } = [];

    public Dictionary<TopicKey, TopicState> Topics { get; } = [];

    public SeenCache Seen { get; }

    public MessageCache Cache { get; }

    public BackoffTable Backoffs { get; }

    public PeerScores Scores { get; }

    public RouterCounters Counters { get; } = new();

    /// <summary>Time of this step.</summary>
    public TimeSpan Now { get; set; }

    /// <summary>Heartbeats so far.</summary>
    public long Tick { get; set; }

    /// <summary>Where this step's effects go.</summary>
    public List<RouterEffect> Effects { get; set; } = [];

    public void Refuse(GossipRefusal refusal) => Counters.Refuse(refusal);

    /// <summary>What the peer will be sent at the end of this step.</summary>
    public OutRpc To(PeerState peer)
    {
        if (!_pending.TryGetValue(peer, out OutRpc? rpc))
        {
            _pending.Add(peer, rpc = new OutRpc());
        }

        return rpc;
    }

    public void FlushRpcs()
    {
        foreach ((PeerState peer, OutRpc rpc) in _pending)
        {
            if (Peers.ContainsKey(peer.Id))
            {
                Effects.Add(new RouterEffect(RouterEffectKind.SendRpc, peer.Id) { Rpc = rpc });
            }
        }

        _pending.Clear();
    }

    /// <summary>Up to <paramref name="count"/> of the peers in random order. Hash order is not random (v1.1 relies on it being so).</summary>
    public List<PeerState> Pick(List<PeerState> from, int count)
    {
        Chance.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(from));
        if (from.Count > count)
        {
            from.RemoveRange(count, from.Count - count);
        }

        return from;
    }
}
