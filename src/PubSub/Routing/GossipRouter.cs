using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.PubSub.Messages;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Routing;

/// <summary>
/// The gossipsub router as a pure state machine: input and time in, effects out. Reading order: this file (peers and subscriptions),
/// <see cref="MessageFlow"/>, <see cref="Mesh"/>, <see cref="GossipExchange"/>.
/// </summary>
/// <remarks>Spec: gossipsub v1.0, v1.1, v1.2. One owner.</remarks>
internal sealed class GossipRouter
{
    private readonly RouterState _state;
    private readonly Mesh _mesh;
    private readonly GossipExchange _gossip;
    private readonly Fanout _fanout;
    private readonly MessageFlow _flow;

    public GossipRouter(PeerId self, PubSubOptions options, IChance chance)
    {
        _state = new RouterState(self, options, chance);
        _mesh = new Mesh(_state);
        _gossip = new GossipExchange(_state);
        _fanout = new Fanout(_state);
        _flow = new MessageFlow(_state, _gossip, _fanout);
    }

    public RouterCounters Counters => _state.Counters;

    /// <summary>For tests and status pages; not to be changed.</summary>
    public RouterState State => _state;

    /// <summary>Messages being judged outside.</summary>
    public int PendingValidations => _flow.Pending;

    /// <summary>Applies one input; appends what must be done to <paramref name="effects"/>.</summary>
    public void Step(in RouterInput input, TimeSpan now, List<RouterEffect> effects)
    {
        _state.Now = now;
        _state.Effects = effects;
        switch (input.Kind)
        {
            case RouterInputKind.PeerUp:
                OnPeerUp(input);
                break;
            case RouterInputKind.Negotiated:
                OnNegotiated(input.Peer, input.Protocol);
                break;
            case RouterInputKind.Dialled when _state.Peers.TryGetValue(input.Peer, out PeerState? dialled):
                dialled.Outbound = true;
                break;
            case RouterInputKind.Dialled:
                break;
            case RouterInputKind.PeerDown:
                OnPeerDown(input.Peer);
                break;
            case RouterInputKind.Received:
                OnRpc(input.Peer, input.Rpc!);
                break;
            case RouterInputKind.Publish:
                _flow.OnPublish(input);
                break;
            case RouterInputKind.CancelPublish:
                _flow.OnCancelPublish(input.Topic, input.Token);
                break;
            case RouterInputKind.Subscribe:
                OnSubscribe(input.Topic, input.Rules!);
                break;
            case RouterInputKind.Unsubscribe:
                OnUnsubscribe(input.Topic);
                break;
            case RouterInputKind.Validated:
                _flow.OnValidated(input.Topic, input.Id, input.Result);
                break;
            case RouterInputKind.Heartbeat:
                OnHeartbeat();
                break;
            default:
                throw new UnreachableException($"Unknown input {input.Kind}.");
        }

        _state.FlushRpcs();
    }

    private void OnPeerUp(in RouterInput input)
    {
        if (_state.Peers.TryGetValue(input.Peer, out PeerState? peer))
        {
            OnNegotiated(peer.Id, input.Protocol);
            Greet(peer);
            _mesh.Repeat(peer);
            return;
        }

        if (_state.Peers.Count >= _state.Options.PeersMax)
        {
            _state.Refuse(GossipRefusal.TooManyPeers);
            return;
        }

        peer = new PeerState(input.Peer, input.Protocol, input.Outbound, _state.Comparer) { Score = _state.Scores.Recall(input.Peer) };
        _state.Peers.Add(peer.Id, peer);
        Greet(peer);
    }

    private void OnNegotiated(PeerId id, PeerProtocol protocol)
    {
        if (_state.Peers.TryGetValue(id, out PeerState? peer))
        {
            peer.Protocol = protocol;
            _mesh.Renegotiated(peer);
        }
    }

    /// <summary>Hello: all own subscriptions.</summary>
    private void Greet(PeerState peer)
    {
        foreach (TopicState topic in _state.Topics.Values)
        {
            if (topic.Joined)
            {
                _state.To(peer).Subscriptions.Add(new OutSubscription(topic.Id, Subscribe: true));
            }
        }
    }

    private void OnPeerDown(PeerId id)
    {
        if (!_state.Peers.Remove(id, out PeerState? peer))
        {
            return;
        }

        _state.Scores.Depart(peer);
        foreach (TopicState topic in _state.Topics.Values)
        {
            Leave(topic, peer);
        }
    }

    private void OnRpc(PeerId id, Rpc rpc)
    {
        if (!_state.Peers.TryGetValue(id, out PeerState? peer))
        {
            return;
        }

        if (_state.Scores.Graylists(peer))
        {
            _state.Refuse(GossipRefusal.Graylisted);
            return;
        }

        foreach (GossipRefusal refusal in rpc.Refusals)
        {
            _state.Refuse(refusal);
        }

        if (rpc.Refusals.Count > 0)
        {
            bool broken = rpc.Refusals[0] is GossipRefusal.Malformed or GossipRefusal.RpcTooLong;
            PeerScores.Misbehaved(peer, broken ? 1 : PeerScores.Nudge);
        }

        foreach (SubscriptionChange change in rpc.Subscriptions)
        {
            OnSubscription(peer, change);
        }

        // GRAFT and PRUNE before messages: a sender means its messages to go by them.
        foreach (TopicKey topic in rpc.Grafts)
        {
            _mesh.OnGraft(peer, topic);
        }

        foreach (Prune prune in rpc.Prunes)
        {
            _mesh.OnPrune(peer, prune);
        }

        _gossip.OnIDontWant(peer, rpc.IDontWants);
        foreach (WireMessage message in rpc.Messages)
        {
            _flow.OnMessage(peer, message);
        }

        _gossip.OnIHave(peer, rpc.IHaves);
        _gossip.OnIWant(peer, rpc.IWants);
    }

    private void OnSubscription(PeerState peer, SubscriptionChange change)
    {
        if (++peer.SubscriptionChanges > 2 * _state.Options.TopicsPerPeerMax)
        {
            _state.Refuse(GossipRefusal.SubscriptionFlood);
            PeerScores.Misbehaved(peer, PeerScores.Nudge);
            return;
        }

        _state.Topics.TryGetValue(change.Topic, out TopicState? topic);
        if (!change.Subscribe)
        {
            peer.Topics.Remove(change.Topic);
            if (topic is not null)
            {
                Leave(topic, peer);
            }

            return;
        }

        if (peer.Topics.Count >= _state.Options.TopicsPerPeerMax && !peer.Topics.Contains(change.Topic))
        {
            _state.Refuse(GossipRefusal.TooManyTopics);
            PeerScores.Misbehaved(peer);
            return;
        }

        peer.Topics.Add(change.Topic);
        if (topic is null || !topic.Subscribers.Add(peer))
        {
            return;
        }

        _flow.SendParked(topic);
        _gossip.Welcome(topic, peer);
        if (topic.Joined)
        {
            _mesh.Welcome(topic, peer);
            _state.Effects.Add(new RouterEffect(RouterEffectKind.PeerJoined, peer.Id) { Topic = topic.Id });
        }
    }

    private void Leave(TopicState topic, PeerState peer)
    {
        Mesh.Drop(topic, peer);
        if (topic.Subscribers.Remove(peer) && topic.Joined)
        {
            _state.Effects.Add(new RouterEffect(RouterEffectKind.PeerLeft, peer.Id) { Topic = topic.Id });
        }
    }

    private void OnSubscribe(TopicId id, TopicRules rules)
    {
        TopicState topic = _flow.Open(id, rules);
        Invariant.Check(!topic.Joined, "The topic is subscribed already.");
        topic.Rules = rules;
        topic.Joined = true;
        foreach (PeerState peer in _state.Peers.Values)
        {
            _state.To(peer).Subscriptions.Add(new OutSubscription(id, Subscribe: true));
        }

        _mesh.Join(topic);
        foreach (PeerState peer in topic.Subscribers)
        {
            _state.Effects.Add(new RouterEffect(RouterEffectKind.PeerJoined, peer.Id) { Topic = id });
        }
    }

    private void OnUnsubscribe(TopicId id)
    {
        if (!_state.Topics.TryGetValue(id.Key, out TopicState? topic) || !topic.Joined)
        {
            return;
        }

        _mesh.Leave(topic);
        topic.Joined = false;
        topic.LastPublished = _state.Now;
        foreach (PeerState peer in _state.Peers.Values)
        {
            _state.To(peer).Subscriptions.Add(new OutSubscription(id, Subscribe: false));
        }
    }

    private void OnHeartbeat()
    {
        _state.Tick++;
        foreach (PeerState peer in _state.Peers.Values)
        {
            peer.ResetHeartbeat();
            _state.Scores.Decay(peer);
        }

        _state.Scores.DecayDeparted();
        _state.Seen.Expire(_state.Now);
        _state.Backoffs.Expire(_state.Now, _state.Options.HeartbeatInterval);
        _fanout.Expire();
        foreach (TopicState topic in _state.Topics.Values)
        {
            if (topic.Joined)
            {
                _mesh.Maintain(topic);
            }
        }

        _gossip.Heartbeat();
    }
}
