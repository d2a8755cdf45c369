namespace P2P.Core.Identity;

/// <summary>Why key bytes were refused.</summary>
public enum KeyRefusal
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>Longer than any key of a known type.</summary>
    TooLong,

    /// <summary>Not exactly the deterministic protobuf <c>Type, Data</c>: truncated, reordered, repeated or extended.</summary>
    NotCanonicalProtobuf,

    /// <summary>A key type that is not in the specification.</summary>
    UnknownType,

    /// <summary>Key data of the wrong length.</summary>
    WrongLength,

    /// <summary>Key data that is not the strict DER of its type.</summary>
    MalformedDer,

    /// <summary>An RSA modulus outside 2,048 to 4,096 bits.</summary>
    RsaSize,

    /// <summary>An RSA number that no key has (even modulus, unusable exponent).</summary>
    RsaNumbers,

    /// <summary>A curve other than the one of the type.</summary>
    WrongCurve,

    /// <summary>A point that is not on its curve, or a scalar outside the group order.</summary>
    NotOnCurve,

    /// <summary>A private key whose public half does not belong to it.</summary>
    HalvesDiffer,
}
