namespace P2P.PubSub.Routing;

/// <summary>Peers for topics that we publish to without subscribing; given up after a while without publishing.</summary>
internal sealed class Fanout(RouterState state)
{
    private readonly PubSubOptions _options = state.Options;

    /// <summary>The peers to publish to, filled up to D.</summary>
    public HashSet<PeerState> Peers(TopicState topic)
    {
        int wanted = _options.MeshSize - topic.Fanout.Count;
        if (wanted > 0)
        {
            List<PeerState> candidates =
                [.. topic.Subscribers.Where(peer => peer.SpeaksMesh && !topic.Fanout.Contains(peer) && state.Scores.AllowsPublish(peer))];
            topic.Fanout.UnionWith(state.Pick(candidates, wanted));
        }

        return topic.Fanout;
    }

    /// <summary>Each heartbeat. Topics with waiting publishes stay.</summary>
    public void Expire()
    {
        List<TopicKey> over =
        [
            .. state.Topics.Values
                .Where(topic => !topic.Joined && topic.Parked.Count == 0 && state.Now - topic.LastPublished >= _options.FanoutTtl)
                .Select(static topic => topic.Key),
        ];
        foreach (TopicKey key in over)
        {
            state.Topics.Remove(key);
        }
    }
}
