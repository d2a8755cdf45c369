namespace P2P.Core.Encoding;

/// <summary>What the next DAG-CBOR item is, judged by its first byte alone.</summary>
public enum DagCborKind
{
    /// <summary>Nothing follows, reading has failed, or the byte starts nothing DAG-CBOR allows.</summary>
    None = 0,

    /// <summary>An integer of 0 or more.</summary>
    UInt,

    /// <summary>An integer below 0.</summary>
    NegativeInt,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>UTF-8 text.</summary>
    Text,

    /// <summary>An array.</summary>
    Array,

    /// <summary>A map.</summary>
    Map,

    /// <summary>A link: tag 42.</summary>
    Cid,

    /// <summary>True or false.</summary>
    Bool,

    /// <summary>Null.</summary>
    Null,

    /// <summary>A 64-bit float.</summary>
    Float,
}
