using P2P.Core.Identity;
using P2P.PubSub.Messages;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Routing;

/// <summary>One effect; which fields matter depends on the kind.</summary>
internal readonly record struct RouterEffect(RouterEffectKind Kind, PeerId Peer)
{
    public TopicId Topic { get; init; }

    public WireMessage? Message { get; init; }

    public MessageId Id { get; init; }

    public OutRpc? Rpc { get; init; }

    public long Token { get; init; }

    public int Count { get; init; }
}
