namespace P2P.Dht.Engine;

/// <summary>What the application, or the engine itself, wants.</summary>
internal enum KadOperationKind
{
    None = 0,
    FindPeer,
    FindProviders,
    Provide,
    PutValue,
    GetValue,
    Bootstrap,

    /// <summary>A walk to a random point of a bucket.</summary>
    Refresh,
}
