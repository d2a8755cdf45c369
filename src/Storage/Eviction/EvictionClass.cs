namespace P2P.Storage.Eviction;

/// <summary>
/// Why a block may go when the quota is nearly used up; the order of the values is the order in which they go. To be dropped only when somebody else keeps it.
/// </summary>
public enum EvictionClass
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>No event links to it and it is below no pinned root: a file that was let go, a block somebody looked at.</summary>
    Unneeded,

    /// <summary>Data that only events of others link to, in documents that are not pinned, and no part of a document's newest snapshot.</summary>
    Payload,
}
