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
}
