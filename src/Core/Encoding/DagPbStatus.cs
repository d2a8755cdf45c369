namespace P2P.Core.Encoding;

/// <summary>Why a block is no DAG-PB node, or that it is one.</summary>
public enum DagPbStatus
{
    /// <summary>Nothing; never returned.</summary>
    None = 0,

    /// <summary>A node.</summary>
    Valid,

    /// <summary>Not protobuf, a field of the wrong kind, or a number in a longer form than needed.</summary>
    Malformed,

    /// <summary>A field that DAG-PB does not have.</summary>
    UnknownField,

    /// <summary>A field twice, fields of a link out of order, or data between links.</summary>
    FieldOrder,

    /// <summary>A link without a hash, or with one that is no CID.</summary>
    BadHash,

    /// <summary>A link whose name is not UTF-8.</summary>
    BadName,

    /// <summary>More links than the caller accepts.</summary>
    TooManyLinks,
}
