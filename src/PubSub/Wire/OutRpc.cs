namespace P2P.PubSub.Wire;

/// <summary>Subscriptions and control for one peer, collected during one step and sent in as many RPCs as the limits ask for.</summary>
internal sealed class OutRpc
{
    public List<OutSubscription> Subscriptions { get; } = [];

    public List<TopicId> Grafts { get; } = [];

    public List<OutPrune> Prunes { get; } = [];

    public List<OutIHave> IHaves { get; } = [];

    public List<MessageId> IWants { get; } = [];

    public List<MessageId> IDontWants { get; } = [];

    /// <summary>Whether all of it is advice that may be lost (no subscription, GRAFT or PRUNE).</summary>
    public bool IsGossip => Subscriptions.Count == 0 && Grafts.Count == 0 && Prunes.Count == 0;
}

/// <summary>SubOpts to send.</summary>
internal readonly record struct OutSubscription(TopicId Topic, bool Subscribe);

/// <summary>PRUNE to send; no backoff field for peers that speak 1.0.</summary>
internal readonly record struct OutPrune(TopicId Topic, TimeSpan? Backoff);

/// <summary>IHAVE to send.</summary>
internal readonly record struct OutIHave(TopicId Topic, IReadOnlyList<MessageId> Ids);
