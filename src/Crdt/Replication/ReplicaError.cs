namespace P2P.Crdt.Replication;

/// <summary>Why a call on a replica failed.</summary>
public enum ReplicaError
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The replica is closed.</summary>
    Closed,

    /// <summary>The store failed; the replica serves reads from memory only and must be reopened.</summary>
    StoreFailed,

    /// <summary>This replica's author key was used elsewhere: writing stops until a new key is confirmed.</summary>
    IdentityReuse,

    /// <summary>The author key may not write in this document.</summary>
    NotAWriter,

    /// <summary>The draft breaks a protocol rule.</summary>
    BadDraft,

    /// <summary>Code of the caller threw while the event was built (its body, or its signer): nothing was written. The inner exception says what.</summary>
    DraftFailed,

    /// <summary>A fault of this program ended the document's loop. The inner exception says what; reopen the replica.</summary>
    Internal,

    /// <summary>No signer: this replica only reads.</summary>
    ReadOnly,

    /// <summary>A local limit; try again later.</summary>
    Busy,
}
