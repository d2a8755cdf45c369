namespace P2P.PubSub.Loop;

/// <summary>What becomes of a frame when the queue to its peer fills.</summary>
internal enum OutKind
{
    None = 0,

    /// <summary>Subscriptions, GRAFT, PRUNE: a queue of its own; if even that is full the stream is reset and the peer greeted anew.</summary>
    Control,

    /// <summary>An own message: waits.</summary>
    Own,

    /// <summary>A relayed message: dropped when full.</summary>
    Forward,

    /// <summary>IHAVE, IWANT, IDONTWANT and answers to IWANT: dropped when half full.</summary>
    Gossip,
}
