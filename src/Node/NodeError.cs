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

    /// <summary>A place in the stream of changes is not one of this store: it was made anew, the document was, or an event before the place is damaged.</summary>
    CursorInvalid = 19,

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

    /// <summary>An author key that has written would be replaced, and nobody said that it may.</summary>
    AuthorHasWritten = 25,

    /// <summary>A peer cannot be reached, has no known address, or went.</summary>
    PeerUnreachable = 1001,

    /// <summary>A peer did not answer in time.</summary>
    PeerTimedOut = 1002,

    /// <summary>Somebody else answered at the address of a peer.</summary>
    WrongPeer = 1003,

    /// <summary>What answered does not speak as a peer does: the handshake failed, or a rule was broken.</summary>
    PeerRefused = 1004,

    /// <summary>A peer does not offer what was asked of it.</summary>
    ProtocolMissing = 1005,

    /// <summary>A limit of connections is reached, or the peer is banned here.</summary>
    ConnectionLimit = 1006,

    /// <summary>An address is of a kind that this node cannot dial, or is its own.</summary>
    AddressUnusable = 1007,

    /// <summary>The node was taken off the network by its own side.</summary>
    Offline = 1008,

    /// <summary>Too many lookups wait, or too much is provided or kept for the DHT.</summary>
    DhtLimit = 2001,

    /// <summary>A key or value is none that the DHT takes.</summary>
    DhtRefused = 2002,

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

    /// <summary>The store was deleted, moved or replaced while the node ran.</summary>
    StoreLost = 5006,
}
