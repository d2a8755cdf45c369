namespace P2P.Transport.Peers;

/// <summary>What became of a signed peer record.</summary>
public enum RecordVerdict
{
    /// <summary>Nothing was offered.</summary>
    None = 0,

    /// <summary>Newer than what we had: its addresses replace the earlier ones of the peer.</summary>
    Accepted,

    /// <summary>Its sequence number is not above the last one.</summary>
    Stale,

    /// <summary>It is somebody else's; a peer may only bring its own (CVE-2023-40583: records of strangers stored for ever).</summary>
    ForeignPeer,

    /// <summary>The envelope or its signature is bad.</summary>
    Malformed,

    /// <summary>The store is full of connected peers.</summary>
    StoreFull,
}
