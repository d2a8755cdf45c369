using P2P.PubSub.Messages;

namespace P2P.PubSub.Routing;

/// <summary>A topic that we are subscribed to or publish to.</summary>
internal sealed class TopicState(TopicId id, TopicRules rules)
{
    public TopicId Id { get; } = id;

    public TopicKey Key => Id.Key;

    public TopicRules Rules { get; set; } = rules;

    /// <summary>Whether we are subscribed; otherwise it lives as fan-out.</summary>
    public bool Joined { get; set; }

    /// <summary>Connected peers that want the topic.</summary>
    public HashSet<PeerState> Subscribers { get; } = [];

    /// <summary>Peers with whom messages are exchanged at once; a subset of <see cref="Subscribers"/> that speaks meshsub.</summary>
    public HashSet<PeerState> Mesh { get; } = [];

    /// <summary>Peers we publish to while not subscribed.</summary>
    public HashSet<PeerState> Fanout { get; } = [];

    public TimeSpan LastPublished { get; set; }

    /// <summary>Publishes that wait for a first subscriber; bounded by options.</summary>
    public List<ParkedPublish> Parked { get; } = [];
}

/// <summary>A publish that waits.</summary>
internal readonly record struct ParkedPublish(WireMessage Message, MessageId Id, long Token);
