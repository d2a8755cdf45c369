namespace P2P.PubSub.Routing;

/// <summary>What the loop must do.</summary>
internal enum RouterEffectKind
{
    None = 0,

    /// <summary>Send <see cref="RouterEffect.Rpc"/>.</summary>
    SendRpc,

    /// <summary>Send an own publish; waits for room. Belongs to <see cref="RouterEffect.Token"/>.</summary>
    SendOwn,

    /// <summary>Pass a message on; dropped when the queue is full.</summary>
    Forward,

    /// <summary>Answer an IWANT; dropped first.</summary>
    SendWanted,

    /// <summary>Judge a message, then tell the router by <see cref="RouterInputKind.Validated"/>.</summary>
    Validate,

    /// <summary>Hand a message to the application.</summary>
    Deliver,

    /// <summary>All sends of a publish were listed; <see cref="RouterEffect.Count"/> peers.</summary>
    Published,

    /// <summary>A peer subscribed to a topic of ours.</summary>
    PeerJoined,

    /// <summary>A peer left a topic of ours.</summary>
    PeerLeft,
}
