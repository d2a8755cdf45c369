namespace P2P.Dht.Lookup;

/// <summary>Kinds of <see cref="LookupInput"/>.</summary>
internal enum LookupInputKind
{
    None = 0,

    /// <summary>Begin with <see cref="LookupInput.Peers"/>.</summary>
    Start,

    /// <summary>A peer answered with closer peers.</summary>
    Answered,

    /// <summary>A peer could not be asked.</summary>
    Failed,

    /// <summary>A peer's identity was proved though it does not answer (a client).</summary>
    Reached,

    /// <summary>The owner has found something in an answer.</summary>
    Found,

    /// <summary>The owner wants no more.</summary>
    Stop,

    /// <summary>Time passed.</summary>
    Tick,
}
