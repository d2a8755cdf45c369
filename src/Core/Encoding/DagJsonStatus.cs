namespace P2P.Core.Encoding;

/// <summary>Why text is no DAG-JSON, or that it is.</summary>
public enum DagJsonStatus
{
    /// <summary>Nothing; never returned.</summary>
    None = 0,

    /// <summary>DAG-JSON.</summary>
    Valid,

    /// <summary>Not JSON, nested too deeply, a key twice, or half a surrogate pair.</summary>
    Malformed,

    /// <summary>The key <c>/</c> used for something else than a link or bytes.</summary>
    SlashKey,

    /// <summary>A link that is no CID.</summary>
    BadLink,

    /// <summary>Bytes that are not base 64 without padding.</summary>
    BadBytes,

    /// <summary>A number that the data model does not have: an integer beyond 64 bits and a sign, or an infinite float.</summary>
    BadNumber,
}
