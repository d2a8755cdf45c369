namespace P2P.Node.Peers;

/// <summary>A peer came or went.</summary>
/// <param name="Connected">Whether it came.</param>
/// <param name="Peer">Who.</param>
public sealed record NodePeerEvent(bool Connected, NodePeer Peer);
