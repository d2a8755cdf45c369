namespace P2P.Crdt.Replication;

/// <summary>Why the store refused or failed.</summary>
public enum StoreError
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Another process holds the data directory.</summary>
    Locked,

    /// <summary>A newer program wrote this store.</summary>
    NewerSchema,

    /// <summary>The folder cannot be written.</summary>
    ReadOnly,

    /// <summary>No space left. Reads go on; writes work again when there is space.</summary>
    DiskFull,

    /// <summary>The disk failed. The handle is poisoned: close, reopen, check.</summary>
    Io,

    /// <summary>The database is not one, or its contents contradict each other.</summary>
    Corrupt,

    /// <summary>Closed by its owner.</summary>
    Closed,

    /// <summary>The database was deleted, moved or replaced under the running program. The handle is poisoned: put it back, reopen.</summary>
    Lost,
}
