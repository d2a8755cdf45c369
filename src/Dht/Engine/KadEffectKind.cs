namespace P2P.Dht.Engine;

/// <summary>Kinds of <see cref="KadEffect"/>.</summary>
internal enum KadEffectKind
{
    None = 0,

    /// <summary>Send the messages to the peer on one stream, then report <see cref="KadInputKind.Answered"/> or <see cref="KadInputKind.Failed"/> under the id, always one of them.</summary>
    Send,

    /// <summary>Answer an inbound request.</summary>
    Reply,

    /// <summary>Note hearsay addresses.</summary>
    Learn,

    /// <summary>A provider was found for an operation.</summary>
    Provider,

    /// <summary>An operation ended.</summary>
    Done,
}
