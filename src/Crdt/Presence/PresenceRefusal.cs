namespace P2P.Crdt.Presence;

/// <summary>Why a message was not taken. Each is counted.</summary>
public enum PresenceRefusal
{
    /// <summary>It was taken.</summary>
    None = 0,

    /// <summary>Longer than a message can be.</summary>
    Size,

    /// <summary>Not the fields of a message in canonical form.</summary>
    Schema,

    /// <summary>A version that is not known here.</summary>
    Version,

    /// <summary>A name that is too long, no text, or holds characters that steer a display instead of standing in it.</summary>
    Name,

    /// <summary>No 24-bit colour.</summary>
    Colour,

    /// <summary>A place that no event of a document can hold.</summary>
    Place,

    /// <summary>Nobody signed it.</summary>
    NoAuthor,

    /// <summary>Our own message came back.</summary>
    Own,

    /// <summary>Not newer than what the author said before.</summary>
    Stale,

    /// <summary>More than the author may say.</summary>
    TooFast,

    /// <summary>More than the neighbour may bring.</summary>
    SourceTooFast,

    /// <summary>More neighbours than are counted.</summary>
    TooManySources,

    /// <summary>The neighbour brought too many authors.</summary>
    SourceTooMany,

    /// <summary>The document shows as many as it may.</summary>
    TooMany,

    /// <summary>The inbox was full.</summary>
    InboxFull,
}
