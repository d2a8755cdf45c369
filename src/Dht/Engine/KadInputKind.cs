namespace P2P.Dht.Engine;

/// <summary>Kinds of <see cref="KadInput"/>.</summary>
internal enum KadInputKind
{
    None = 0,

    /// <summary>A connected peer was identified and answers our protocol.</summary>
    PeerServes,

    /// <summary>A connected peer was identified and does not answer our protocol.</summary>
    PeerServesNot,

    /// <summary>The last connection to a peer is gone.</summary>
    PeerGone,

    /// <summary>A request of a peer; answered by <see cref="KadEffectKind.Reply"/> with the same id.</summary>
    Request,

    /// <summary>The answer to one of our requests, or, where none is expected, that it was written.</summary>
    Answered,

    /// <summary>One of our requests failed.</summary>
    Failed,

    /// <summary>The application wants something.</summary>
    Start,

    /// <summary>The application wants it no more.</summary>
    Cancel,

    /// <summary>The application provides a key no longer.</summary>
    StopProviding,

    /// <summary>Time passed.</summary>
    Tick,
}
