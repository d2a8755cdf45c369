namespace P2P.Transport.Connections;

/// <summary>Why a connection or stream was refused by a limit of ours. Each is counted.</summary>
public enum ConnectionRefusal
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>Too many connections in all.</summary>
    Total,

    /// <summary>Too many inbound connections.</summary>
    Inbound,

    /// <summary>Too many outbound connections.</summary>
    Outbound,

    /// <summary>Too many handshakes in progress.</summary>
    Pending,

    /// <summary>Too many handshakes in progress from one address.</summary>
    PendingPerAddress,

    /// <summary>A slow handshake made room for a new one.</summary>
    PendingEvicted,

    /// <summary>Too many connections from one address.</summary>
    PerAddress,

    /// <summary>Too many connections from one subnet.</summary>
    PerSubnet,

    /// <summary>New connections from one address come too fast.</summary>
    AddressRate,

    /// <summary>New connections come too fast.</summary>
    GlobalRate,

    /// <summary>More than the few connections one peer may have for a moment.</summary>
    PerPeer,

    /// <summary>An idle connection was closed to make room for a new one.</summary>
    IdleEvicted,

    /// <summary>The remote proved to be this node itself.</summary>
    Self,

    /// <summary>The handshake failed or took too long.</summary>
    Handshake,

    /// <summary>Too many streams of one protocol from one peer.</summary>
    StreamsPerPeer,

    /// <summary>A stream proposed nothing that we speak.</summary>
    StreamProtocol,

    /// <summary>A stream began with something that is not multistream.</summary>
    StreamMalformed,

    /// <summary>A stream proposed more often than we answer.</summary>
    StreamRounds,

    /// <summary>A stream did not agree on a protocol in time.</summary>
    StreamTimeout,

    /// <summary>A statement of identify was not taken over.</summary>
    Identify,

    /// <summary>A signed record was not taken over.</summary>
    PeerRecord,

    /// <summary>Too many dials wait.</summary>
    DialQueue,

    /// <summary>The node is stopping.</summary>
    Stopping,

    /// <summary>The node was taken off the network for a while, by its own side.</summary>
    Offline,

    /// <summary>The peer is banned for a while: what it sent was wrong too often.</summary>
    Banned,
}
