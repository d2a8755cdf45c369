namespace P2P.Crdt.Sync;

/// <summary>Why a session ended before its work was done, or what of it was refused. The number goes into <c>Error</c> messages.</summary>
public enum SyncRefusal
{
    /// <summary>Nothing was refused.</summary>
    None = 0,

    /// <summary>Not canonical DAG-CBOR, or not the shape of the message.</summary>
    Malformed = 1,

    /// <summary>A message type of another version.</summary>
    UnknownMessage = 2,

    /// <summary>A frame or message is longer than it may be.</summary>
    TooLong = 3,

    /// <summary>More documents, heads, authors, CIDs, hashes or entries than a message may hold.</summary>
    TooMany = 4,

    /// <summary>Lists that must ascend do not.</summary>
    Unordered = 5,

    /// <summary>A message that has no place here: a second <c>Open</c>, <c>Have</c> from the opener, an answer nobody asked for.</summary>
    Unexpected = 6,

    /// <summary>A document that was not agreed on in this session.</summary>
    NotShared = 7,

    /// <summary>A pack that grows out of proportion when it is unpacked.</summary>
    Amplified = 8,

    /// <summary>A block that is not an event of the document, or not the block that was asked for.</summary>
    BadBlock = 9,

    /// <summary>Unsigned blocks beyond the cap: they were dropped, the session went on.</summary>
    Provisional = 10,

    /// <summary>Too many bytes that brought nothing new.</summary>
    Wasteful = 11,

    /// <summary>The session's byte cap; the next session goes on from here.</summary>
    SessionBytes = 12,

    /// <summary>Range or digest messages without end.</summary>
    TooManyRounds = 13,

    /// <summary>More open requests than allowed.</summary>
    TooManyRequests = 14,

    /// <summary>Fewer or more events than <c>PackEnd</c> counts.</summary>
    CountMismatch = 15,

    /// <summary>The peer stopped talking, or stopped reading.</summary>
    Stalled = 16,

    /// <summary>The stream was cut.</summary>
    Cut = 17,

    /// <summary>The peer sent <c>Error</c>.</summary>
    PeerError = 18,

    /// <summary>Too many sessions at once.</summary>
    Busy = 19,

    /// <summary>The document was closed or its store failed.</summary>
    LocalFailure = 20,

    /// <summary>Messages kept coming and brought neither side on.</summary>
    NoProgress = 21,

    /// <summary>It had its turn, and another peer waited for its place; the next session goes on from here.</summary>
    Displaced = 22,
}
