using P2P.Core.Identity;

namespace P2P.Transport.Connections;

/// <summary>What happened to a peer.</summary>
public enum PeerEventKind
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>The first connection to the peer is authenticated.</summary>
    Connected,

    /// <summary>Identify completed or a push arrived: <see cref="PeerEvent.Protocols"/> is current.</summary>
    Identified,

    /// <summary>The last connection to the peer is gone.</summary>
    Disconnected,
}

/// <summary>A change that protocols above the transport react to.</summary>
/// <param name="Kind">What.</param>
/// <param name="Peer">Who; verified.</param>
/// <param name="Protocols">Protocols the peer accepts; empty before identify.</param>
/// <param name="Outbound">Whether we dialled it.</param>
public sealed record PeerEvent(PeerEventKind Kind, PeerId Peer, IReadOnlyList<string> Protocols, bool Outbound);
