using System.ComponentModel.DataAnnotations;

namespace P2P.PubSub;

/// <summary>How misbehaviour becomes a score and what a score costs. A score is 0 or negative.</summary>
/// <remarks>Spec: gossipsub v1.1, P4 and P7; both quadratic. Topic-wide terms (P1–P3) and P5, P6 are not counted yet.</remarks>
public sealed record PeerScoreOptions
{
    /// <summary>Weight of the squared count of invalid messages (P4). Default −10.</summary>
    [Range(-1_000.0, 0.0)]
    public double InvalidWeight { get; init; } = -10;

    /// <summary>Share of the count of invalid messages kept per heartbeat. Default 0.97.</summary>
    [Range(0.0, 1.0)]
    public double InvalidDecay { get; init; } = 0.97;

    /// <summary>Weight of the squared misbehaviour count above its threshold (P7). Default −15.</summary>
    [Range(-1_000.0, 0.0)]
    public double BehaviourWeight { get; init; } = -15;

    /// <summary>Misbehaviours forgiven. Default 6.</summary>
    [Range(0.0, 1_000.0)]
    public double BehaviourThreshold { get; init; } = 6;

    /// <summary>Share of the misbehaviour count kept per heartbeat. Default 0.99.</summary>
    [Range(0.0, 1.0)]
    public double BehaviourDecay { get; init; } = 0.99;

    /// <summary>Below this no gossip is exchanged with the peer. Default −10.</summary>
    [Range(-10_000.0, 0.0)]
    public double GossipThreshold { get; init; } = -10;

    /// <summary>Below this own messages are not sent to the peer. Default −50.</summary>
    [Range(-10_000.0, 0.0)]
    public double PublishThreshold { get; init; } = -50;

    /// <summary>Below this everything the peer sends is ignored. Default −100.</summary>
    [Range(-10_000.0, 0.0)]
    public double GraylistThreshold { get; init; } = -100;

    /// <summary>Scores of departed peers that are remembered, so that reconnecting does not wash one clean. Default 1,024.</summary>
    [Range(0, 65_536)]
    public int RetainedMax { get; init; } = 1_024;
}
