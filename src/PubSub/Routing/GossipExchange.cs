using System.Runtime.InteropServices;
using P2P.Core.Runtime;
using P2P.PubSub.Messages;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Routing;

/// <summary>Advice between peers outside the mesh: IHAVE, IWANT and the promises they make, and IDONTWANT inside it.</summary>
/// <remarks>Spec: gossipsub v1.1 and v1.2. All limits count per peer and heartbeat.</remarks>
internal sealed class GossipExchange(RouterState state)
{
    // An IDONTWANT is of use while the message is under way; go keeps it as many heartbeats.
    private const int DontWantHeartbeats = 3;

    // A peer that joins is told of at most so many recent messages: the answer to 40 bytes must stay small.
    private const int WelcomeIdsMax = 128;

    private readonly PubSubOptions _options = state.Options;
    private readonly Dictionary<MessageId, int> _asked = new(state.Comparer);
    private readonly Dictionary<TopicKey, List<MessageId>> _advertised = [];
    private readonly List<MessageId> _over = [];

    public void OnIHave(PeerState peer, List<IHave> haves)
    {
        if (haves.Count == 0 || !state.Scores.AllowsGossip(peer))
        {
            return;
        }

        if (++peer.IHaves > _options.IHavesMax || peer.IdsAsked >= _options.IHaveIdsMax)
        {
            state.Refuse(GossipRefusal.IHaveFlood);
            PeerScores.Misbehaved(peer, PeerScores.Nudge);
            return;
        }

        List<SeenKey> wanted = [];
        HashSet<MessageId> once = new(state.Comparer);
        foreach (IHave have in haves)
        {
            if (!state.Topics.TryGetValue(have.Topic, out TopicState? topic) || !topic.Joined)
            {
                continue;
            }

            foreach (MessageId id in have.Ids)
            {
                SeenKey key = new(have.Topic, id);
                if (!state.Seen.Contains(key, state.Now) && _asked.GetValueOrDefault(id) < _options.AskedPeersMax && once.Add(id))
                {
                    wanted.Add(key);
                }
            }
        }

        Ask(peer, wanted);
    }

    public void OnIWant(PeerState peer, List<MessageId> ids)
    {
        if (ids.Count == 0 || !state.Scores.AllowsGossip(peer))
        {
            return;
        }

        foreach (MessageId id in ids)
        {
            if (++peer.IdsWanted > _options.IHaveIdsMax)
            {
                state.Refuse(GossipRefusal.IWantFlood);
                PeerScores.Misbehaved(peer, PeerScores.Nudge);
                return;
            }

            WireMessage? message = state.Cache.TakeFor(peer.Id, id, out bool refused);
            if (refused)
            {
                state.Refuse(GossipRefusal.IWantRetransmit);
            }
            else if (message is not null)
            {
                state.Effects.Add(new RouterEffect(RouterEffectKind.SendWanted, peer.Id) { Message = message });
            }
        }
    }

    public void OnIDontWant(PeerState peer, List<MessageId> ids)
    {
        foreach (MessageId id in ids)
        {
            if (peer.DontWant.Count >= _options.DontWantIdsMax)
            {
                state.Refuse(GossipRefusal.IDontWantFlood);
                PeerScores.Misbehaved(peer, PeerScores.Nudge);
                return;
            }

            peer.DontWant[id] = state.Tick + DontWantHeartbeats;
        }
    }

    /// <summary>A long message came: mesh peers need not send it too.</summary>
    public void SendDontWant(TopicState topic, PeerState source, MessageId id, int bytes)
    {
        if (bytes < _options.DontWantBytesMin)
        {
            return;
        }

        foreach (PeerState peer in topic.Mesh)
        {
            if (peer != source && peer.Protocol >= PeerProtocol.Meshsub12)
            {
                state.To(peer).IDontWants.Add(id);
            }
        }
    }

    /// <summary>
    /// A peer subscribed: tell it at once what was said in the last heartbeats, or messages published while it was joining would be lost
    /// in a topic that is quiet afterwards.
    /// </summary>
    public void Welcome(TopicState topic, PeerState peer)
    {
        if (!peer.SpeaksMesh || !state.Scores.AllowsGossip(peer) || !peer.Welcomed.Add(topic.Key))
        {
            return;
        }

        List<MessageId> ids = state.Cache.All(topic.Key);
        if (ids.Count > WelcomeIdsMax)
        {
            ids.RemoveRange(0, ids.Count - WelcomeIdsMax);
        }

        Advertise(topic, peer, ids);
    }

    /// <summary>Each heartbeat: forget, judge promises, tell others.</summary>
    public void Heartbeat()
    {
        _asked.Clear();
        foreach (PeerState peer in state.Peers.Values)
        {
            JudgePromises(peer);
            ForgetDontWant(peer);
        }

        _advertised.Clear();
        state.Cache.Advertised(_advertised);
        foreach (TopicState topic in state.Topics.Values)
        {
            if (_advertised.TryGetValue(topic.Key, out List<MessageId>? ids))
            {
                Emit(topic, ids);
            }
        }

        state.Cache.Shift();
    }

    private void Ask(PeerState peer, List<SeenKey> wanted)
    {
        int room = _options.IHaveIdsMax - peer.IdsAsked;
        if (wanted.Count > room)
        {
            // Random, so that a sender of many cannot choose which are asked for.
            state.Chance.Shuffle(CollectionsMarshal.AsSpan(wanted));
            wanted.RemoveRange(room, wanted.Count - room);
            state.Refuse(GossipRefusal.IHaveFlood);
        }

        if (wanted.Count == 0)
        {
            return;
        }

        peer.IdsAsked += wanted.Count;
        List<MessageId> asked = state.To(peer).IWants;
        foreach (SeenKey key in wanted)
        {
            asked.Add(key.Id);
            if (_asked.Count < _options.SeenMax)
            {
                _asked[key.Id] = _asked.GetValueOrDefault(key.Id) + 1;
            }
        }

        // One promise per RPC is enough to find out who lies, and bounds what is kept.
        peer.Promises.Enqueue(new IHavePromise(wanted[state.Chance.Below(wanted.Count)], state.Now + _options.PromiseTime));
        state.Counters.CountIWant(wanted.Count);
    }

    private void JudgePromises(PeerState peer)
    {
        while (peer.Promises.TryPeek(out IHavePromise promise) && promise.Due <= state.Now)
        {
            peer.Promises.Dequeue();
            if (!state.Seen.Contains(promise.Id, state.Now))
            {
                state.Refuse(GossipRefusal.BrokenPromise);
                PeerScores.Misbehaved(peer);
            }
        }
    }

    private void ForgetDontWant(PeerState peer)
    {
        _over.Clear();
        foreach ((MessageId id, long until) in peer.DontWant)
        {
            if (until <= state.Tick)
            {
                _over.Add(id);
            }
        }

        foreach (MessageId id in _over)
        {
            peer.DontWant.Remove(id);
        }
    }

    private void Emit(TopicState topic, List<MessageId> ids)
    {
        HashSet<PeerState> close = topic.Joined ? topic.Mesh : topic.Fanout;
        List<PeerState> candidates =
            [.. topic.Subscribers.Where(peer => peer.SpeaksMesh && !close.Contains(peer) && state.Scores.AllowsGossip(peer))];
        int count = Math.Max(_options.GossipPeersMin, (int)(_options.GossipFactor * candidates.Count));
        foreach (PeerState peer in state.Pick(candidates, count))
        {
            if (ids.Count <= _options.IHaveIdsMax)
            {
                Advertise(topic, peer, ids);
                continue;
            }

            // Different peers hear of different parts.
            state.Chance.Shuffle(CollectionsMarshal.AsSpan(ids));
            Advertise(topic, peer, ids.GetRange(0, _options.IHaveIdsMax));
        }
    }

    private void Advertise(TopicState topic, PeerState peer, List<MessageId> ids)
    {
        if (ids.Count > 0)
        {
            state.To(peer).IHaves.Add(new OutIHave(topic.Id, ids));
            state.Counters.CountIHave(ids.Count);
        }
    }
}
