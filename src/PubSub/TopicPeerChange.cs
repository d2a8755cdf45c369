using P2P.Core.Identity;

namespace P2P.PubSub;

/// <summary>A connected peer subscribed to a topic or left it.</summary>
/// <param name="Peer">Who.</param>
/// <param name="Joined">True when it subscribed, false when it unsubscribed or disconnected.</param>
public readonly record struct TopicPeerChange(PeerId Peer, bool Joined);
