using P2P.Core.Identity;
using P2P.PubSub.Messages;

namespace P2P.PubSub.Routing;

/// <summary>What the router knows of one neighbour. Every collection in it is bounded by options and dies with the connection.</summary>
internal sealed class PeerState(PeerId id, PeerProtocol protocol, bool outbound, MessageIdComparer comparer)
{
    public PeerId Id { get; } = id;

    public PeerProtocol Protocol { get; set; } = protocol;

    /// <summary>Whether we dialled it: mesh slots of such peers cannot be taken by whoever dials us.</summary>
    public bool Outbound { get; set; } = outbound;

    public bool SpeaksMesh => Protocol >= PeerProtocol.Meshsub10;

    /// <summary>Topics it said it wants; at most <see cref="PubSubOptions.TopicsPerPeerMax"/>.</summary>
    public HashSet<TopicKey> Topics { get; } = [];

    /// <summary>Own topics whose recent messages it was told of when it joined: once a connection, or flipping would amplify.</summary>
    public HashSet<TopicKey> Welcomed { get; } = [];

    /// <summary>Ids it does not want, with the heartbeat at which that is forgotten.</summary>
    public Dictionary<MessageId, long> DontWant { get; } = new(comparer);

    /// <summary>Messages it advertised and was asked for.</summary>
    public Queue<IHavePromise> Promises { get; } = [];

    public ScoreCard Score { get; set; } = new();

    /// <summary>RPCs with IHAVE in this heartbeat.</summary>
    public int IHaves { get; set; }

    /// <summary>Ids asked of it in this heartbeat.</summary>
    public int IdsAsked { get; set; }

    /// <summary>Ids it asked for in this heartbeat.</summary>
    public int IdsWanted { get; set; }

    /// <summary>GRAFTs and PRUNEs for topics we are not in, and PRUNEs outside the mesh, in this heartbeat.</summary>
    public int StrayControls { get; set; }

    /// <summary>Subscription changes in this heartbeat.</summary>
    public int SubscriptionChanges { get; set; }

    public void ResetHeartbeat()
    {
        IHaves = 0;
        IdsAsked = 0;
        IdsWanted = 0;
        StrayControls = 0;
        SubscriptionChanges = 0;
    }
}

/// <summary>A message that a peer must deliver by a time.</summary>
internal readonly record struct IHavePromise(SeenKey Id, TimeSpan Due);
