using P2P.Core.Identity;

namespace P2P.PubSub;

/// <summary>A topic as the router sees it at one moment.</summary>
/// <param name="Topic">Which.</param>
/// <param name="Subscribed">Whether we are subscribed; otherwise we only publish.</param>
/// <param name="Peers">Connected peers subscribed to it.</param>
/// <param name="Mesh">Those with whom messages are exchanged at once.</param>
public sealed record GossipTopicStatus(TopicId Topic, bool Subscribed, IReadOnlyList<PeerId> Peers, IReadOnlyList<PeerId> Mesh);
