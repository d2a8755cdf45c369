namespace P2P.Core.Blocks;

/// <summary>Why bytes are no CAR file.</summary>
public enum CarStatus
{
    /// <summary>Nothing was read.</summary>
    None = 0,

    /// <summary>It is one.</summary>
    Valid,

    /// <summary>The file ends inside something.</summary>
    Truncated,

    /// <summary>A length is not in its shortest form, or above the limit.</summary>
    Length,

    /// <summary>The header is not the canonical map of roots and version.</summary>
    Header,

    /// <summary>A version other than 1.</summary>
    Version,

    /// <summary>A block begins with something that is no CID.</summary>
    BadCid,

    /// <summary>A block's bytes are not those its CID names.</summary>
    CidMismatch,

    /// <summary>A block is there twice.</summary>
    Duplicate,
}
