namespace P2P.Storage.Inspection;

/// <summary>What is wrong with a part of a store.</summary>
public enum StoreProblemKind
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>SQLite finds its own structure damaged.</summary>
    Database,

    /// <summary>A block's bytes do not hash to its name.</summary>
    BlockCorrupt,

    /// <summary>A block that a row names is not held.</summary>
    BlockMissing,

    /// <summary>A row says something else of an event than the event does.</summary>
    EventRow,

    /// <summary>An event stands in the log before one it links to, or links to one that is not there.</summary>
    LogOrder,

    /// <summary>The heads are not the visible events that nothing visible links to.</summary>
    Heads,

    /// <summary>The newest event of an author has a wrong signature, so nothing vouches for the chain.</summary>
    Signature,

    /// <summary>The data of a snapshot, from which dropped blocks are read, is not such data.</summary>
    Snapshot,
}
