using P2P.Core.Multiformats;

namespace P2P.Transport.Peers;

/// <summary>An address of a peer and why we believe it.</summary>
/// <param name="Address">Without <c>/p2p</c>.</param>
/// <param name="Source">Where it came from.</param>
/// <param name="ExpiresAt">Monotonic instant after which it is forgotten; for what the peer itself gave only while it is disconnected.</param>
public readonly record struct KnownAddress(Multiaddr Address, AddressSource Source, TimeSpan ExpiresAt);
