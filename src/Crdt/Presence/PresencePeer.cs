using P2P.Core.Identity;

namespace P2P.Crdt.Presence;

/// <summary>Somebody else who is here.</summary>
/// <param name="Peer">Who; the key that signed.</param>
/// <param name="Message">What was said last.</param>
public sealed record PresencePeer(PeerId Peer, PresenceMessage Message);
