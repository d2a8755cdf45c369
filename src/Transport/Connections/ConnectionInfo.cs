using P2P.Core.Identity;
using P2P.Core.Multiformats;

namespace P2P.Transport.Connections;

/// <summary>A connection as people see it.</summary>
/// <param name="Peer">The verified remote.</param>
/// <param name="RemoteAddress">Without <c>/p2p</c>.</param>
/// <param name="Outbound">Whether we dialled.</param>
/// <param name="OpenStreams">Streams open now, both directions.</param>
/// <param name="Since">Wall clock of its start.</param>
/// <param name="AgentVersion">What the peer said it is, at most 64 printable characters; null before identify.</param>
public sealed record ConnectionInfo(
    PeerId Peer,
    Multiaddr RemoteAddress,
    bool Outbound,
    int OpenStreams,
    DateTimeOffset Since,
    string? AgentVersion);
