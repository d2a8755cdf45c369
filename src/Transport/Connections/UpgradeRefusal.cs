namespace P2P.Transport.Connections;

/// <summary>Why an upgrade failed; counted in <see cref="ConnectionUpgrader.RefusalsOf(UpgradeRefusal)"/>.</summary>
public enum UpgradeRefusal
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>The whole upgrade took too long.</summary>
    Timeout,

    /// <summary>An inbound connection stayed silent.</summary>
    Silent,

    /// <summary>The connection ended or broke in between.</summary>
    Closed,

    /// <summary>Not multistream.</summary>
    NegotiationMalformed,

    /// <summary>More proposals than we answer.</summary>
    NegotiationRounds,

    /// <summary>No common security protocol or muxer by multistream.</summary>
    NegotiationRefused,

    /// <summary>A Noise message is too short, or its length is wrong.</summary>
    NoiseMalformed,

    /// <summary>A Noise message does not open.</summary>
    NoiseBadTag,

    /// <summary>A public key of small order.</summary>
    NoiseLowOrderPoint,

    /// <summary>The Noise payload is malformed or incomplete.</summary>
    NoisePayload,

    /// <summary>The identity key is malformed or of an unknown kind.</summary>
    IdentityKey,

    /// <summary>The identity did not sign the Noise key.</summary>
    IdentitySignature,

    /// <summary>Somebody else than the expected peer.</summary>
    WrongPeer,

    /// <summary>Both listed muxers, none is common.</summary>
    NoCommonMuxer,

    /// <summary>The caller cancelled.</summary>
    Cancelled,
}
