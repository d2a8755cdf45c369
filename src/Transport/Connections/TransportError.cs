namespace P2P.Transport.Connections;

/// <summary>Why a connection or stream could not be had or has ended.</summary>
public enum TransportError
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>The other side could not be reached.</summary>
    Unreachable,

    /// <summary>Our own time limit passed.</summary>
    Timeout,

    /// <summary>No common protocol.</summary>
    ProtocolNotSupported,

    /// <summary>The verified identity is not the one that was dialled.</summary>
    PeerIdMismatch,

    /// <summary>The security handshake failed (bad tag, bad signature, malformed payload).</summary>
    HandshakeFailed,

    /// <summary>The remote broke a protocol rule.</summary>
    ProtocolViolation,

    /// <summary>The remote reset the stream.</summary>
    StreamReset,

    /// <summary>The connection is closed.</summary>
    ConnectionClosed,

    /// <summary>A local limit refused it; the message names the limit.</summary>
    LimitReached,

    /// <summary>The address is of a kind no transport here can dial or listen on.</summary>
    UnsupportedAddress,

    /// <summary>The address or port is taken.</summary>
    AddressInUse,

    /// <summary>No address of the peer is known.</summary>
    NoAddress,

    /// <summary>The dialled peer is this node itself.</summary>
    SelfDial,

    /// <summary>This node was taken off the network for a while, by its own side.</summary>
    Offline,
}
