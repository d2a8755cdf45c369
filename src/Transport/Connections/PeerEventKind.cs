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
