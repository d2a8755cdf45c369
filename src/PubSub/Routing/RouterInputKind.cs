namespace P2P.PubSub.Routing;

/// <summary>What can happen to a router.</summary>
internal enum RouterInputKind
{
    None = 0,

    /// <summary>There is a peer that speaks pub/sub; or our stream to it was opened anew, and it may have forgotten us.</summary>
    PeerUp,

    /// <summary>Our stream to the peer is open; which version it speaks is now known and no guess.</summary>
    Negotiated,
    /// <summary>We dialled the peer, as it turns out.</summary>
    Dialled,
    PeerDown,
    Received,
    Publish,
    CancelPublish,
    Subscribe,
    Unsubscribe,
    Validated,
    Heartbeat,
}
