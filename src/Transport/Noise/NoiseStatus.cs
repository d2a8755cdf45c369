namespace P2P.Transport.Noise;

/// <summary>What became of a handshake or transport message.</summary>
internal enum NoiseStatus
{
    /// <summary>Nothing; never a success.</summary>
    None = 0,

    /// <summary>Accepted.</summary>
    Ok,

    /// <summary>Shorter than its fixed parts.</summary>
    TooShort,

    /// <summary>The authentication tag does not match.</summary>
    BadTag,

    /// <summary>A public key of small order: the shared secret would be known to everybody.</summary>
    LowOrderPoint,

    /// <summary>The nonce counter is used up.</summary>
    NonceExhausted,

    /// <summary>The payload is not the protobuf it must be, or has no key or signature.</summary>
    BadPayload,

    /// <summary>The identity key is of an unknown kind or malformed.</summary>
    BadIdentityKey,

    /// <summary>The identity key did not sign the Noise static key.</summary>
    BadSignature,

    /// <summary>The proven identity is not the expected one.</summary>
    WrongPeer,

    /// <summary>Both sides listed muxers, and none is common.</summary>
    NoCommonMuxer,
}
