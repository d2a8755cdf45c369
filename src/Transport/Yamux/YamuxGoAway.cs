namespace P2P.Transport.Yamux;

/// <summary>Why a session ends; the value is the wire number plus one.</summary>
internal enum YamuxGoAway
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Good-bye; wire 0.</summary>
    Normal = 1,

    /// <summary>The other side broke the protocol; wire 1.</summary>
    ProtocolError = 2,

    /// <summary>Our own fault; wire 2.</summary>
    InternalError = 3,
}
