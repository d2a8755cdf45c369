namespace P2P.Crdt.HashSeq;

/// <summary>What reading a snapshot came to.</summary>
public enum SnapshotStatus
{
    /// <summary>Nothing was read.</summary>
    None = 0,

    /// <summary>Everything was read and verified.</summary>
    Valid = 1,

    /// <summary>So far so good; more bytes are needed.</summary>
    Incomplete = 2,

    /// <summary>Written by another version of the format.</summary>
    Version = 3,

    /// <summary>Of another document.</summary>
    Document = 4,

    /// <summary>Not the one form a snapshot has.</summary>
    Encoding = 5,

    /// <summary>Larger than the options allow.</summary>
    Limit = 6,

    /// <summary>An event in it breaks the rules of events.</summary>
    Event = 7,

    /// <summary>The last event of an author is not signed by the author: some event is not what was written.</summary>
    Signature = 8,

    /// <summary>The text it promised is not the text its events make.</summary>
    Text = 9,
}
