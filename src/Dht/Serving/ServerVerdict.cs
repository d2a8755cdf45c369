namespace P2P.Dht.Serving;

/// <summary>What the server makes of a request. Everything from <see cref="UnknownRequest"/> on is a refusal: the stream is reset.</summary>
internal enum ServerVerdict
{
    None = 0,

    /// <summary>There is an answer to send.</summary>
    Answer,

    /// <summary>Done; ADD_PROVIDER has no answer. An echo would be read as the answer to the next request (trap 3).</summary>
    Silent,

    UnknownRequest,
    EmptyKey,
    KeyTooLong,

    /// <summary>A provider key that is not exactly one multihash, for example a CID (trap 4).</summary>
    NotAMultihash,

    /// <summary>No provider entry names the peer at the other end of the stream.</summary>
    ForeignProvider,

    /// <summary>No address of the provider can be told to others.</summary>
    NoAddress,
    ProviderQuota,
    ProviderKeyFull,
    ProviderStoreFull,
    MissingRecord,

    /// <summary>The record's key is not the message's.</summary>
    RecordKeyMismatch,
    UnknownNamespace,
    InvalidValue,
    ValueTooLong,
    WorseValue,
    RecordStoreFull,
    RecordQuota,
}
