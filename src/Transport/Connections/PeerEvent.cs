using P2P.Core.Identity;

namespace P2P.Transport.Connections;

/// <summary>A change that protocols above the transport react to.</summary>
/// <param name="Kind">What.</param>
/// <param name="Peer">Who; verified.</param>
/// <param name="Protocols">Protocols the peer accepts; empty before identify.</param>
/// <param name="Outbound">Whether we dialled it.</param>
public sealed record PeerEvent(PeerEventKind Kind, PeerId Peer, IReadOnlyList<string> Protocols, bool Outbound);
