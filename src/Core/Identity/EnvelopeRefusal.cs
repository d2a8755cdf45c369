namespace P2P.Core.Identity;

/// <summary>Why a signed envelope, or the peer record in it, was refused.</summary>
public enum EnvelopeRefusal
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>Longer than 64 KiB.</summary>
    TooLong,

    /// <summary>Not an envelope, or a field is missing or comes twice.</summary>
    Malformed,

    /// <summary>The public key in it is not one.</summary>
    Key,

    /// <summary>A payload type that is not a peer record.</summary>
    PayloadType,

    /// <summary>The signature is not the key's, or is for another domain.</summary>
    Signature,

    /// <summary>The payload is not a peer record.</summary>
    MalformedRecord,

    /// <summary>The record speaks for a peer whose key did not sign it.</summary>
    ForeignPeer,
}
