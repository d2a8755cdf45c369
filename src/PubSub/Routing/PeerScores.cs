using P2P.Core.Identity;

namespace P2P.PubSub.Routing;

/// <summary>
/// Turns misbehaviour into scores. The seam for the full v1.1 score: the router only asks <see cref="Of"/> and reports what happened.
/// </summary>
internal sealed class PeerScores(PeerScoreOptions options)
{
    /// <summary>
    /// Charge for being over a limit that an honest peer of another make may not know: at one a second it stays below the threshold,
    /// at hundreds it leads to the graylist.
    /// </summary>
    public const double Nudge = 0.05;

    // Below this a count is nothing; from the specification's decay-to-zero.
    private const double Zero = 0.01;

    private readonly Dictionary<PeerId, ScoreCard> _departed = [];
    private readonly List<PeerId> _clean = [];

    /// <summary>0 or negative.</summary>
    public double Of(PeerState peer)
    {
        ScoreCard card = peer.Score;
        double excess = Math.Max(0, card.Behaviour - options.BehaviourThreshold);
        return (options.InvalidWeight * card.Invalid * card.Invalid) + (options.BehaviourWeight * excess * excess);
    }

    public bool Graylists(PeerState peer) => Of(peer) < options.GraylistThreshold;

    public bool AllowsGossip(PeerState peer) => Of(peer) >= options.GossipThreshold;

    public bool AllowsPublish(PeerState peer) => Of(peer) >= options.PublishThreshold;

    /// <summary>It sent a message that it could have known to be invalid.</summary>
    public static void Invalid(PeerState peer) => peer.Score.Invalid++;

    /// <summary>It broke a rule of the protocol.</summary>
    public static void Misbehaved(PeerState peer, double weight = 1) => peer.Score.Behaviour += weight;

    /// <summary>Once a heartbeat for each connected peer.</summary>
    public void Decay(PeerState peer) => Decay(peer.Score);

    /// <summary>Once a heartbeat.</summary>
    public void DecayDeparted()
    {
        _clean.Clear();
        foreach ((PeerId id, ScoreCard card) in _departed)
        {
            Decay(card);
            if (card.IsClean)
            {
                _clean.Add(id);
            }
        }

        foreach (PeerId id in _clean)
        {
            _departed.Remove(id);
        }
    }

    public void Depart(PeerState peer)
    {
        if (!peer.Score.IsClean && _departed.Count < options.RetainedMax)
        {
            _departed[peer.Id] = peer.Score;
        }
    }

    public ScoreCard Recall(PeerId peer) => _departed.Remove(peer, out ScoreCard? card) ? card : new ScoreCard();

    private void Decay(ScoreCard card)
    {
        card.Invalid = Fade(card.Invalid, options.InvalidDecay);
        card.Behaviour = Fade(card.Behaviour, options.BehaviourDecay);
    }

    private static double Fade(double value, double share) => value * share < Zero ? 0 : value * share;
}
