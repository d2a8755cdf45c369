namespace P2P.Testing.Simulation;

/// <summary>What a simulated message carries.</summary>
internal enum MessageKind
{
    None = 0,

    /// <summary>A framed gossipsub RPC.</summary>
    Gossip,

    /// <summary>Asks for events by CID.</summary>
    FetchRequest,

    /// <summary>Answers <see cref="FetchRequest"/>.</summary>
    FetchResponse,

    /// <summary>A frame of a sync session, to the side that answers.</summary>
    SyncToResponder,

    /// <summary>A frame of a sync session, to the side that asked.</summary>
    SyncToInitiator,
}
