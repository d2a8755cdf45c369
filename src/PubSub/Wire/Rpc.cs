using P2P.PubSub.Messages;
using P2P.PubSub.Routing;

namespace P2P.PubSub.Wire;

/// <summary>An RPC as received, within all limits: what was over one is left out and named in <see cref="Refusals"/>.</summary>
internal sealed class Rpc
{
    public List<SubscriptionChange> Subscriptions { get; } = [];

    public List<WireMessage> Messages { get; } = [];

    public List<IHave> IHaves { get; } = [];

    public List<MessageId> IWants { get; } = [];

    public List<MessageId> IDontWants { get; } = [];

    public List<TopicKey> Grafts { get; } = [];

    public List<Prune> Prunes { get; } = [];

    /// <summary>What was refused while decoding.</summary>
    public List<GossipRefusal> Refusals { get; } = [];
}

/// <summary>SubOpts.</summary>
internal readonly record struct SubscriptionChange(TopicKey Topic, bool Subscribe);

/// <summary>IHAVE.</summary>
internal readonly record struct IHave(TopicKey Topic, List<MessageId> Ids);

/// <summary>PRUNE; the backoff is as sent, in seconds, and not to be believed.</summary>
internal readonly record struct Prune(TopicKey Topic, ulong BackoffSeconds);
