using System.Runtime.InteropServices;
using P2P.Core.Runtime;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Routing;

/// <summary>
/// Who is in the mesh of each topic: joining, leaving, GRAFT, PRUNE and the repairs of each heartbeat. The mesh never exceeds
/// <see cref="PubSubOptions.MeshSizeMax"/>.
/// </summary>
/// <remarks>Spec: gossipsub v1.1. Grafts happen as soon as a subscriber is known, so that a first message need not wait for a heartbeat.</remarks>
internal sealed class Mesh(RouterState state)
{
    private readonly PubSubOptions _options = state.Options;

    /// <summary>We subscribed: take over the fan-out, then fill up.</summary>
    public void Join(TopicState topic)
    {
        foreach (PeerState peer in topic.Fanout)
        {
            if (topic.Mesh.Count < _options.MeshSize && MayGraft(topic, peer))
            {
                Graft(topic, peer);
            }
        }

        topic.Fanout.Clear();
        Fill(topic);
    }

    /// <summary>We unsubscribed.</summary>
    public void Leave(TopicState topic)
    {
        foreach (PeerState peer in topic.Mesh.ToArray())
        {
            Prune(topic, peer, _options.UnsubscribeBackoff);
        }
    }

    /// <summary>A peer subscribed to a topic of ours.</summary>
    public void Welcome(TopicState topic, PeerState peer)
    {
        if (topic.Mesh.Count < _options.MeshSize && MayGraft(topic, peer))
        {
            Graft(topic, peer);
        }
    }

    /// <summary>A peer left the topic or the network; nothing is sent to it.</summary>
    public static void Drop(TopicState topic, PeerState peer)
    {
        topic.Mesh.Remove(peer);
        topic.Fanout.Remove(peer);
    }

    public void OnGraft(PeerState peer, TopicKey key)
    {
        if (!state.Topics.TryGetValue(key, out TopicState? topic) || !topic.Joined)
        {
            // No answer and nothing remembered: an answer would amplify, a memory would grow (CVE-2026-95859). A few are honest:
            // they crossed our unsubscription.
            state.Refuse(GossipRefusal.GraftUnknownTopic);
            Stray(peer);
            return;
        }

        if (!peer.SpeaksMesh || topic.Mesh.Contains(peer))
        {
            return;
        }

        if (state.Backoffs.IsActive(key, peer.Id, state.Now, out TimeSpan since))
        {
            state.Refuse(GossipRefusal.GraftInBackoff);
            PeerScores.Misbehaved(peer, since < _options.GraftFloodWindow ? 2 : 1);
            Prune(topic, peer, _options.PruneBackoff);
        }
        else if (state.Scores.Of(peer) < 0)
        {
            state.Refuse(GossipRefusal.GraftBadScore);
            Prune(topic, peer, _options.PruneBackoff);
        }
        else if (topic.Mesh.Count >= _options.MeshSizeMax && !TryMakeRoom(topic, peer))
        {
            state.Refuse(GossipRefusal.GraftMeshFull);
            Prune(topic, peer, _options.PruneBackoff);
        }
        else
        {
            // A GRAFT says that the peer is subscribed, also when its hello was longer than we read.
            if (topic.Subscribers.Add(peer))
            {
                peer.Topics.Add(key);
                state.Effects.Add(new RouterEffect(RouterEffectKind.PeerJoined, peer.Id) { Topic = topic.Id });
            }

            topic.Mesh.Add(peer);
        }
    }

    public void OnPrune(PeerState peer, in Prune prune)
    {
        if (!state.Topics.TryGetValue(prune.Topic, out TopicState? topic) || !topic.Joined)
        {
            state.Refuse(GossipRefusal.PruneUnknownTopic);
            Stray(peer);
            return;
        }

        if (!topic.Mesh.Remove(peer))
        {
            Stray(peer);
        }

        Remember(topic, peer, RemoteDuration.FromSeconds(prune.BackoffSeconds, _options.PruneBackoff));
    }

    /// <summary>Each heartbeat: bad scores out, then up to D, then the outbound quota.</summary>
    public void Maintain(TopicState topic)
    {
        List<PeerState> bad = [.. topic.Mesh.Where(peer => state.Scores.Of(peer) < 0)];
        foreach (PeerState peer in bad)
        {
            Prune(topic, peer, _options.PruneBackoff);
        }

        if (topic.Mesh.Count < _options.MeshSizeMin)
        {
            Fill(topic);
        }

        int outbound = topic.Mesh.Count(static peer => peer.Outbound);
        if (topic.Mesh.Count >= _options.MeshSizeMin && outbound < _options.MeshOutboundMin)
        {
            List<PeerState> candidates = [.. topic.Subscribers.Where(peer => peer.Outbound && MayGraft(topic, peer))];
            foreach (PeerState peer in state.Pick(candidates, _options.MeshOutboundMin - outbound))
            {
                if (topic.Mesh.Count < _options.MeshSizeMax || TryMakeRoom(topic, peer))
                {
                    Graft(topic, peer);
                }
            }
        }

        Invariant.Check(topic.Mesh.Count <= _options.MeshSizeMax, "The mesh exceeds its limit.");
    }

    /// <summary>After our stream to a mesh peer was opened anew: it may have lost our GRAFTs.</summary>
    public void Repeat(PeerState peer)
    {
        foreach (TopicState topic in state.Topics.Values)
        {
            if (topic.Mesh.Contains(peer))
            {
                state.To(peer).Grafts.Add(topic.Id);
            }
        }
    }

    /// <summary>Our stream turned out to speak another version.</summary>
    public void Renegotiated(PeerState peer)
    {
        if (!peer.SpeaksMesh)
        {
            foreach (TopicState topic in state.Topics.Values)
            {
                Drop(topic, peer);
            }
        }
    }

    private void Stray(PeerState peer)
    {
        if (++peer.StrayControls > _options.StrayControlsMax)
        {
            PeerScores.Misbehaved(peer, 4 * PeerScores.Nudge);
        }
    }

    private void Fill(TopicState topic)
    {
        int wanted = _options.MeshSize - topic.Mesh.Count;
        if (wanted <= 0)
        {
            return;
        }

        List<PeerState> candidates = [.. topic.Subscribers.Where(peer => MayGraft(topic, peer))];
        foreach (PeerState peer in state.Pick(candidates, wanted))
        {
            Graft(topic, peer);
        }
    }

    private bool MayGraft(TopicState topic, PeerState peer) =>
        peer.SpeaksMesh
        && !topic.Mesh.Contains(peer)
        && state.Scores.Of(peer) >= 0
        && !state.Backoffs.Forbids(topic.Key, peer.Id, state.Now, _options.HeartbeatInterval);

    private void Graft(TopicState topic, PeerState peer)
    {
        topic.Mesh.Add(peer);
        state.To(peer).Grafts.Add(topic.Id);
        state.Counters.CountGraft();
    }

    private void Prune(TopicState topic, PeerState peer, TimeSpan backoff)
    {
        topic.Mesh.Remove(peer);
        Remember(topic, peer, backoff);
        state.To(peer).Prunes.Add(new OutPrune(topic.Id, peer.Protocol >= PeerProtocol.Meshsub11 ? backoff : null));
        state.Counters.CountPrune();
    }

    private void Remember(TopicState topic, PeerState peer, TimeSpan backoff)
    {
        if (!state.Backoffs.TryAdd(topic.Key, peer.Id, state.Now, backoff))
        {
            state.Refuse(GossipRefusal.BackoffTableFull);
        }
    }

    /// <summary>
    /// A full mesh lets a peer in only if we dialled it and the quota of such peers is open: whoever dials us in numbers must not be able
    /// to shut out the peers we chose. The worst inbound member goes.
    /// </summary>
    private bool TryMakeRoom(TopicState topic, PeerState peer)
    {
        if (!peer.Outbound || topic.Mesh.Count(static member => member.Outbound) >= _options.MeshOutboundMin)
        {
            return false;
        }

        List<PeerState> inbound = [.. topic.Mesh.Where(static member => !member.Outbound)];
        if (inbound.Count == 0)
        {
            return false;
        }

        state.Chance.Shuffle(CollectionsMarshal.AsSpan(inbound));
        Prune(topic, inbound.MinBy(state.Scores.Of)!, _options.PruneBackoff);
        return true;
    }
}
