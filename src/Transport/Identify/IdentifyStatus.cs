namespace P2P.Transport.Identify;

/// <summary>What decoding an identify stream came to.</summary>
public enum IdentifyStatus
{
    /// <summary>Nothing was decoded; never a success.</summary>
    None = 0,

    /// <summary>Decoded.</summary>
    Done,

    /// <summary>The stream ended without a message.</summary>
    Empty,

    /// <summary>The stream ended inside a message.</summary>
    Truncated,

    /// <summary>A length prefix or a field is malformed.</summary>
    Malformed,

    /// <summary>One message is above 8 KiB.</summary>
    MessageTooLong,

    /// <summary>More than 10 messages.</summary>
    TooManyMessages,

    /// <summary>All messages together are above 16 KiB.</summary>
    MergedTooLong,

    /// <summary>More than 128 protocols (go-libp2p v0.49: 1,800 by chunking).</summary>
    TooManyProtocols,

    /// <summary>The public key in it is not the one that authenticated the connection.</summary>
    KeyMismatch,

    /// <summary>The peer pushes more often than allowed.</summary>
    RateLimited,
}
