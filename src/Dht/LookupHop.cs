using P2P.Core.Identity;

namespace P2P.Dht;

/// <summary>A peer that a lookup asked.</summary>
/// <param name="Peer">Who.</param>
/// <param name="ToldBy">Who told of it first; none when it was in the routing table.</param>
/// <param name="CommonBits">Leading bits its key shares with the target.</param>
/// <param name="Answer">What came of it: <c>Answered</c>, <c>Failed</c>, or <c>Waiting</c> and <c>Slow</c> when it was not needed any more.</param>
public sealed record LookupHop(PeerId Peer, PeerId ToldBy, int CommonBits, string Answer);
