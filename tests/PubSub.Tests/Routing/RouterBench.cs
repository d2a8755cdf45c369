using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Messages;
using P2P.PubSub.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Routing;

/// <summary>A router under test with its effects and a clock.</summary>
internal sealed class RouterBench
{
    public static readonly TopicId Topic = "/p2p/doc/1/test";
    public static readonly TopicRules Rules = TopicRules.Of(TopicOptions.ContentAddressed);

    public RouterBench(PubSubOptions? options = null, ulong seed = 1)
    {
        Options = options ?? new PubSubOptions();
        Router = new GossipRouter(Peer(0), Options, new SeededChance(seed));
    }

    public PubSubOptions Options { get; }

    public GossipRouter Router { get; }

    public TimeSpan Now { get; set; }

    /// <summary>Effects of the last step.</summary>
    public List<RouterEffect> Effects { get; } = [];

    public RouterState State => Router.State;

    public static PeerId Peer(int number)
    {
        byte[] key = [8, 1, 18, 32, .. BitConverter.GetBytes(number), .. new byte[28]];
        return PeerId.FromKeyProtobuf(key);
    }

    public static WireMessage Message(string text, TopicId? topic = null) =>
        MessageSignature.Unsigned(topic ?? Topic, System.Text.Encoding.UTF8.GetBytes(text));

    public static WireMessage Message(int bytes, byte fill)
    {
        byte[] data = new byte[bytes];
        Array.Fill(data, fill);
        return MessageSignature.Unsigned(Topic, data);
    }

    public static MessageId IdOf(WireMessage message) => MessageIds.Sha256OfData(message.Fields);

    public static MessageId Id(int number) => MessageIds.Sha256OfData(new MessageFields { Data = BitConverter.GetBytes(number) });

    public RouterBench Step(in RouterInput input)
    {
        Effects.Clear();
        Router.Step(input, Now, Effects);
        return this;
    }

    public RouterBench Subscribed(TopicRules? rules = null) => Step(RouterInput.Subscribe(Topic, rules ?? Rules));

    /// <summary>Connects peers that are subscribed to the topic.</summary>
    public RouterBench WithPeers(int first, int count, PeerProtocol protocol = PeerProtocol.Meshsub12, bool outbound = false)
    {
        for (int i = first; i < first + count; i++)
        {
            Step(RouterInput.PeerUp(Peer(i), protocol, outbound));
            Receive(i, rpc => rpc.Subscriptions.Add(new SubscriptionChange(Topic.Key, true)));
        }

        return this;
    }

    public RouterBench Receive(int peer, Action<Rpc> fill)
    {
        Rpc rpc = new();
        fill(rpc);
        return Step(RouterInput.Received(Peer(peer), rpc));
    }

    public RouterBench Receive(int peer, WireMessage message) => Receive(peer, rpc => rpc.Messages.Add(message));

    public RouterBench Graft(int peer) => Receive(peer, rpc => rpc.Grafts.Add(Topic.Key));

    public RouterBench Publish(WireMessage message, long token = 1) => Step(RouterInput.Publish(Topic, Rules, message, token));

    public RouterBench Heartbeat(int count = 1)
    {
        for (int i = 0; i < count; i++)
        {
            Now += Options.HeartbeatInterval;
            Step(RouterInput.Heartbeat);
        }

        return this;
    }

    public double Score(int peer) => State.Scores.Of(State.Peers[Peer(peer)]);

    public HashSet<PeerState> Mesh => State.Topics[Topic.Key].Mesh;

    public bool InMesh(int peer) => State.Topics[Topic.Key].Mesh.Any(p => p.Id == Peer(peer));

    /// <summary>Peers that got an effect of a kind in the last step.</summary>
    public PeerId[] To(RouterEffectKind kind) => [.. Effects.Where(e => e.Kind == kind).Select(e => e.Peer)];

    /// <summary>What the last step sends to a peer.</summary>
    public OutRpc? SentTo(int peer) => Effects.SingleOrDefault(e => e.Kind == RouterEffectKind.SendRpc && e.Peer == Peer(peer)).Rpc;

    public long Refused(GossipRefusal reason) => Router.Counters[reason];
}
