namespace P2P.Dht.Engine;

/// <summary>Why one of our requests failed.</summary>
internal enum KadFailure
{
    None = 0,
    Unreachable,
    Timeout,

    /// <summary>Connected, so the identity is proved, but it does not speak the protocol.</summary>
    NotSupported,

    /// <summary>The stream was reset: the usual way to refuse a request.</summary>
    Reset,

    /// <summary>The answer could not be read or does not belong to the request.</summary>
    BadAnswer,
}
