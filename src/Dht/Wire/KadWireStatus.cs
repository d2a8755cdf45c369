namespace P2P.Dht.Wire;

/// <summary>What reading a message gave; everything but <see cref="Ok"/> is a refusal.</summary>
internal enum KadWireStatus
{
    None = 0,
    Ok,

    /// <summary>Not protobuf, or a known field of the wrong kind.</summary>
    Malformed,

    /// <summary>The length prefix exceeds the limit.</summary>
    TooLong,

    /// <summary>A message type nobody knows.</summary>
    UnknownType,

    /// <summary>The key is longer than any namespace needs.</summary>
    KeyTooLong,

    /// <summary>More peers than any honest answer holds.</summary>
    TooManyPeers,

    /// <summary>The record's value exceeds the limit.</summary>
    ValueTooLong,
}
