using P2P.Core.Identity;
using P2P.PubSub.Messages;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Routing;

/// <summary>One input; which fields matter depends on the kind.</summary>
internal readonly record struct RouterInput(RouterInputKind Kind)
{
    public PeerId Peer { get; init; }

    public PeerProtocol Protocol { get; init; }

    /// <summary>Whether we dialled the peer.</summary>
    public bool Outbound { get; init; }

    public Rpc? Rpc { get; init; }

    public WireMessage? Message { get; init; }

    public TopicId Topic { get; init; }

    public TopicRules? Rules { get; init; }

    public MessageId Id { get; init; }

    public ValidationResult Result { get; init; }

    /// <summary>Names a publish to its caller.</summary>
    public long Token { get; init; }

    public static RouterInput Heartbeat => new(RouterInputKind.Heartbeat);

    public static RouterInput PeerUp(PeerId peer, PeerProtocol protocol, bool outbound) =>
        new(RouterInputKind.PeerUp) { Peer = peer, Protocol = protocol, Outbound = outbound };

    public static RouterInput Negotiated(PeerId peer, PeerProtocol protocol) =>
        new(RouterInputKind.Negotiated) { Peer = peer, Protocol = protocol };

    public static RouterInput Dialled(PeerId peer) => new(RouterInputKind.Dialled) { Peer = peer };

    public static RouterInput PeerDown(PeerId peer) => new(RouterInputKind.PeerDown) { Peer = peer };

    public static RouterInput Received(PeerId peer, Rpc rpc) => new(RouterInputKind.Received) { Peer = peer, Rpc = rpc };

    public static RouterInput Subscribe(TopicId topic, TopicRules rules) =>
        new(RouterInputKind.Subscribe) { Topic = topic, Rules = rules };

    public static RouterInput Unsubscribe(TopicId topic) => new(RouterInputKind.Unsubscribe) { Topic = topic };

    /// <summary>The rules are used where the topic is not subscribed to (fan-out).</summary>
    public static RouterInput Publish(TopicId topic, TopicRules rules, WireMessage message, long token) =>
        new(RouterInputKind.Publish) { Topic = topic, Rules = rules, Message = message, Token = token };

    public static RouterInput CancelPublish(TopicId topic, long token) =>
        new(RouterInputKind.CancelPublish) { Topic = topic, Token = token };

    public static RouterInput Validated(TopicId topic, MessageId id, ValidationResult result) =>
        new(RouterInputKind.Validated) { Topic = topic, Id = id, Result = result };
}
