namespace P2P.UnixFs.Codecs;

/// <summary>Why bytes are no UnixFS node, or that they are one.</summary>
public enum UnixFsStatus
{
    /// <summary>Nothing; never returned.</summary>
    None = 0,

    /// <summary>A node.</summary>
    Valid,

    /// <summary>Not protobuf, or a field of the wrong kind.</summary>
    Malformed,

    /// <summary>A field that UnixFS does not have.</summary>
    UnknownField,

    /// <summary>A field twice that may be there once.</summary>
    Repeated,

    /// <summary>No type, or one that UnixFS does not have.</summary>
    BadType,

    /// <summary>More block sizes than the caller accepts.</summary>
    TooManySizes,

    /// <summary>Sizes that do not add up to the file's size, or exceed 63 bits.</summary>
    WrongSize,

    /// <summary>A fanout that is no power of two between 8 and 1,024, or a hash that is not murmur3-x64-64.</summary>
    BadShard,
}
