namespace P2P.Bitswap.Engine;

/// <summary>What can happen to the engine.</summary>
internal enum BitswapInputKind
{
    None = 0,

    /// <summary>A message of a peer.</summary>
    Received,

    /// <summary>Bytes of a peer arrive; the message they belong to need not be whole.</summary>
    Heard,

    /// <summary>The peer cannot be reached, is stuck or has gone.</summary>
    PeerLost,

    /// <summary>Somebody here wants blocks.</summary>
    Want,

    /// <summary>Somebody here wants to know whether a peer has a block.</summary>
    AskPresence,

    /// <summary>Nobody here waits for the request any more.</summary>
    Abandon,

    /// <summary>The store has answered a look-up.</summary>
    LookedUp,

    /// <summary>A block is new here: peers may wait for it.</summary>
    Stored,

    /// <summary>A message with blocks has been written to a peer.</summary>
    Sent,

    /// <summary>Time has passed.</summary>
    Tick,
}
