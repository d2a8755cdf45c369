namespace P2P.Node;

/// <summary>Why a node call failed; the number is the stable code <c>P2Pnnnn</c>, each with a page in docs/errors.</summary>
public enum NodeError
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>An option is out of range.</summary>
    InvalidOption = 1,

    /// <summary>The identity file cannot be read or written.</summary>
    IdentityUnusable = 2,

    /// <summary>No listen address could be bound.</summary>
    CannotListen = 3,

    /// <summary>No interface with the given name, or none that is up.</summary>
    NoInterface = 4,

    /// <summary>The node is stopped.</summary>
    Stopped = 5,

    /// <summary>Another process uses the data folder.</summary>
    DataDirectoryInUse = 6,

    /// <summary>No peer answered in the time given.</summary>
    NoPeers = 7,

    /// <summary>The data folder cannot be written.</summary>
    DataDirectoryReadOnly = 8,

    /// <summary>The store is damaged or its disk failed.</summary>
    StoreFailed = 9,

    /// <summary>The store was written by a newer program.</summary>
    StoreNewer = 10,

    /// <summary>A text version is too old to rebase an edit on.</summary>
    VersionTooOld = 11,

    /// <summary>The author key may not write in this document.</summary>
    NotAWriter = 12,

    /// <summary>Own events of this document must be fetched before another is written.</summary>
    OwnEventsMissing = 13,

    /// <summary>The passphrase of a key file is wrong.</summary>
    WrongPassphrase = 14,

    /// <summary>A key file cannot be read, written or used.</summary>
    KeyFileUnusable = 15,

    /// <summary>A key file was written by a newer program.</summary>
    KeyFileNewer = 16,

    /// <summary>A text, an entry or a message is longer than one call takes.</summary>
    TooLong = 17,

    /// <summary>This system has no Ed25519: neither OpenSSL 3 nor the managed package is there.</summary>
    NoCurves = 18,

    /// <summary>Nobody who was asked has the blocks, or a directory has no such entry.</summary>
    ContentUnavailable = 20,

    /// <summary>Content is not what its CID or its own sizes say.</summary>
    ContentInvalid = 21,

    /// <summary>Content that is not taken: too large, too deep, an unsafe name, a symbolic link, no file.</summary>
    ContentRefused = 22,

    /// <summary>A file of this machine cannot be read or written, or the destination exists.</summary>
    FileUnusable = 23,

    /// <summary>A disk has less room than a file needs.</summary>
    NoRoom = 24,

    /// <summary>There is no store in the folder.</summary>
    NoStore = 5001,

    /// <summary>The store was walked and something in it is wrong.</summary>
    StoreUnsound = 5002,

    /// <summary>Blocks that should be in the store are not held; peers have them.</summary>
    StoreIncomplete = 5003,

    /// <summary>A backup cannot be read, or holds blocks that are not what they say.</summary>
    BackupUnusable = 5004,

    /// <summary>No space is left for writing.</summary>
    StoreFull = 5005,
}
