namespace P2P.Dht.Lookup;

/// <summary>What a lookup is for; it decides when enough has been heard.</summary>
internal enum LookupGoal
{
    None = 0,

    /// <summary>Reach one peer: ends when it was reached.</summary>
    Node,

    /// <summary>Collect providers: never ends early on unverified claims, only by <see cref="LookupInputKind.Stop"/>.</summary>
    Providers,

    /// <summary>Collect values, of which the best is wanted.</summary>
    Value,

    /// <summary>The k nearest peers, to store something at.</summary>
    Closest,
}
