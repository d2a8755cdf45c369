namespace P2P.Crdt.Sync;

/// <summary>Protocol constants of <c>/p2p/sync/1.0.0</c>: equal on both sides, not configurable.</summary>
/// <remarks>Spec: replica, section 12.</remarks>
public static class SyncProtocol
{
    /// <summary>Protocol id.</summary>
    public const string Id = "/p2p/sync/1.0.0";

    /// <summary>Longest frame, without its length prefix: one event of the greatest size and what surrounds it.</summary>
    public const int FrameBytesMax = (1 << 20) + (64 << 10);

    /// <summary>Longest <c>Open</c> or <c>Have</c>.</summary>
    public const int OpenBytesMax = 1 << 20;

    /// <summary>Longest <c>Range</c>.</summary>
    public const int RangeBytesMax = 64 << 10;

    /// <summary>Longest <c>Error</c>.</summary>
    public const int ErrorBytesMax = 1 << 10;

    /// <summary>Most documents in one <c>Open</c>.</summary>
    public const int DocumentsMax = 1_024;

    /// <summary>Most heads of a document in a message.</summary>
    public const int HeadsMax = 64;

    /// <summary>Most author entries of a document.</summary>
    public const int AuthorsMax = 256;

    /// <summary>Most CIDs in one <c>Get</c>.</summary>
    public const int GetMax = 256;

    /// <summary>Longest id list of a range; longer ones are split.</summary>
    public const int RangeListMax = 32;

    /// <summary>Parts a range is split into.</summary>
    public const int RangeBuckets = 16;

    /// <summary>Nonce length.</summary>
    public const int NonceBytes = 16;

    /// <summary>Length of a range fingerprint.</summary>
    public const int FingerprintBytes = 16;

    /// <summary>Most hashes of a <c>Digest</c>, and the arity of its tree.</summary>
    public const int DigestHashesMax = 16;

    /// <summary>Deepest level of a <c>Digest</c>: one hexadecimal digit of the key each.</summary>
    public const int DigestLevelMax = 64;
}
