using P2P.Core.Identity;
using P2P.PubSub.Messages;

namespace P2P.PubSub.Routing;

/// <summary>A message's way: policy, id, seen before?, validation, delivery, forwarding; and our own publishes.</summary>
/// <remarks>
/// Spec: pubsub, extended validators. Structure is judged here, signatures and application rules outside, by
/// <see cref="RouterEffectKind.Validate"/>.
/// </remarks>
internal sealed class MessageFlow(RouterState state, GossipExchange gossip, Fanout fanout)
{
    private readonly PubSubOptions _options = state.Options;
    private readonly Dictionary<SeenKey, PendingValidation> _pending = new(state.SeenComparer);
    private readonly int _pendingMax = state.Options.ValidationsMax + state.Options.ValidationQueueMax;

    public int Pending => _pending.Count;

    public void OnMessage(PeerState source, WireMessage message)
    {
        state.Counters.CountReceived();
        if (!state.Topics.TryGetValue(message.Topic, out TopicState? topic) || !topic.Joined)
        {
            state.Refuse(GossipRefusal.NotSubscribed);
            return;
        }

        if (!Admit(topic, source, message))
        {
            return;
        }

        MessageId id = topic.Rules.MessageId(message.Fields);
        if (id.IsNone)
        {
            state.Refuse(GossipRefusal.NoMessageId);
            PeerScores.Invalid(source);
            return;
        }

        SeenKey key = new(topic.Key, id);
        if (_pending.TryGetValue(key, out PendingValidation? pending))
        {
            state.Refuse(GossipRefusal.Duplicate);
            pending.AlsoFrom.Add(source.Id);
            return;
        }

        if (state.Seen.Contains(key, state.Now))
        {
            state.Refuse(GossipRefusal.Duplicate);
            return;
        }

        if (topic.Rules.Validates && _pending.Count >= _pendingMax)
        {
            // Not remembered as seen: it will be advertised to us again.
            state.Refuse(GossipRefusal.ValidationBusy);
            return;
        }

        state.Seen.TryAdd(key, state.Now);
        gossip.SendDontWant(topic, source, id, message.Data.Length);
        PendingValidation fresh = new(message, source.Id);
        if (!topic.Rules.Validates)
        {
            Accept(topic, id, fresh);
            return;
        }

        _pending.Add(key, fresh);
        state.Effects.Add(new RouterEffect(RouterEffectKind.Validate, source.Id) { Topic = topic.Id, Message = message, Id = id });
    }

    public void OnValidated(TopicId topicId, MessageId id, ValidationResult result)
    {
        SeenKey key = new(topicId.Key, id);
        if (!_pending.Remove(key, out PendingValidation? pending))
        {
            return;
        }

        switch (result)
        {
            case ValidationResult.Accept:
                if (state.Topics.TryGetValue(key.Topic, out TopicState? topic) && topic.Joined)
                {
                    Accept(topic, id, pending);
                }

                break;
            case ValidationResult.Reject:
                state.Refuse(GossipRefusal.Rejected);
                Charge(pending);
                break;
            case ValidationResult.BadSignature:
                // Only the one whose copy was checked: the others may have sent the true one under the same id.
                state.Refuse(GossipRefusal.BadSignature);
                state.Seen.Forget(key);
                Charge(pending.Source);
                break;
            case ValidationResult.Busy:
                state.Refuse(GossipRefusal.ValidationBusy);
                state.Seen.Forget(key);
                break;
            case ValidationResult.Ignore:
                state.Refuse(GossipRefusal.Ignored);
                break;
            default:
                state.Refuse(GossipRefusal.ValidatorFailed);
                break;
        }
    }

    public void OnPublish(in RouterInput input)
    {
        TopicState topic = Open(input.Topic, input.Rules!);
        WireMessage message = input.Message!;
        MessageId id = topic.Rules.MessageId(message.Fields);
        if (id.IsNone || !state.Seen.TryAdd(new SeenKey(topic.Key, id), state.Now))
        {
            state.Refuse(id.IsNone ? GossipRefusal.NoMessageId : GossipRefusal.Duplicate);
            Report(input.Token, 0);
            return;
        }

        topic.LastPublished = state.Now;
        if (topic.Subscribers.Count == 0 && topic.Rules.WaitsAlone)
        {
            if (topic.Parked.Count < _options.ParkedPublishesMax)
            {
                topic.Parked.Add(new ParkedPublish(message, id, input.Token));
                return;
            }

            state.Refuse(GossipRefusal.TooManyParked);
        }

        Send(topic, message, id, input.Token);
    }

    /// <summary>Its caller no longer waits; the message is not sent.</summary>
    public void OnCancelPublish(TopicId id, long token)
    {
        if (state.Topics.TryGetValue(id.Key, out TopicState? topic))
        {
            topic.Parked.RemoveAll(parked => parked.Token == token);
        }
    }

    /// <summary>The first subscriber is there.</summary>
    public void SendParked(TopicState topic)
    {
        foreach (ParkedPublish parked in topic.Parked)
        {
            Send(topic, parked.Message, parked.Id, parked.Token);
        }

        topic.Parked.Clear();
    }

    /// <summary>The topic, created as fan-out if we know nothing of it.</summary>
    public TopicState Open(TopicId id, TopicRules rules)
    {
        if (state.Topics.TryGetValue(id.Key, out TopicState? topic))
        {
            return topic;
        }

        topic = new TopicState(id, rules) { LastPublished = state.Now };
        foreach (PeerState peer in state.Peers.Values)
        {
            if (peer.Topics.Contains(id.Key))
            {
                topic.Subscribers.Add(peer);
            }
        }

        state.Topics.Add(id.Key, topic);
        return topic;
    }

    private bool Admit(TopicState topic, PeerState source, WireMessage message)
    {
        bool signed = topic.Rules.Signing == SigningPolicy.StrictSign;
        if (signed ? !message.HasSigningFields : message.HasSigningField)
        {
            state.Refuse(signed ? GossipRefusal.MissingSignature : GossipRefusal.UnexpectedSignature);
            PeerScores.Invalid(source);
            return false;
        }

        if (signed && message.From.SequenceEqual(state.Self.Bytes))
        {
            // Ours, older than the seen cache, or forged in our name.
            state.Refuse(GossipRefusal.OwnMessage);
            return false;
        }

        return true;
    }

    private void Accept(TopicState topic, MessageId id, PendingValidation pending)
    {
        WireMessage message = pending.Message;
        state.Counters.CountDelivered();
        state.Effects.Add(new RouterEffect(RouterEffectKind.Deliver, pending.Source) { Topic = topic.Id, Message = message, Id = id });
        if (message.Frame.Length > _options.RpcSentBytesMax)
        {
            state.Refuse(GossipRefusal.TooLongToForward);
            return;
        }

        state.Cache.Put(id, message);
        foreach (PeerState peer in topic.Subscribers)
        {
            // Floodsub peers have no mesh and get everything.
            if ((topic.Mesh.Contains(peer) || !peer.SpeaksMesh)
                && peer.Id != pending.Source
                && !pending.AlsoFrom.Contains(peer.Id)
                && !peer.DontWant.ContainsKey(id)
                && !message.From.SequenceEqual(peer.Id.Bytes))
            {
                state.Counters.CountForwarded();
                state.Effects.Add(new RouterEffect(RouterEffectKind.Forward, peer.Id) { Message = message });
            }
        }
    }

    private void Send(TopicState topic, WireMessage message, MessageId id, long token)
    {
        state.Counters.CountPublished();
        state.Cache.Put(id, message);
        bool flood = _options.FloodPublish || topic.Subscribers.Count <= _options.SmallTopicPeersMax;
        HashSet<PeerState> near = flood ? topic.Subscribers : topic.Joined ? topic.Mesh : fanout.Peers(topic);
        int count = 0;
        foreach (PeerState peer in topic.Subscribers)
        {
            if ((near.Contains(peer) || !peer.SpeaksMesh) && state.Scores.AllowsPublish(peer))
            {
                count++;
                state.Effects.Add(new RouterEffect(RouterEffectKind.SendOwn, peer.Id) { Message = message, Token = token });
            }
        }

        Report(token, count);
    }

    private void Report(long token, int count) =>
        state.Effects.Add(new RouterEffect(RouterEffectKind.Published, state.Self) { Token = token, Count = count });

    private void Charge(PendingValidation pending)
    {
        Charge(pending.Source);
        foreach (PeerId peer in pending.AlsoFrom)
        {
            if (peer != pending.Source)
            {
                Charge(peer);
            }
        }
    }

    private void Charge(PeerId id)
    {
        if (state.Peers.TryGetValue(id, out PeerState? peer))
        {
            PeerScores.Invalid(peer);
        }
    }

    private sealed class PendingValidation(WireMessage message, PeerId source)
    {
        public WireMessage Message { get; } = message;

        public PeerId Source { get; } = source;

        /// <summary>Who sent it too meanwhile; at most one entry per connected peer.</summary>
        public HashSet<PeerId> AlsoFrom { get; } = [];
    }
}
