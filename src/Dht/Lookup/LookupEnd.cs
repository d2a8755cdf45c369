namespace P2P.Dht.Lookup;

/// <summary>Why a lookup ended.</summary>
internal enum LookupEnd
{
    None = 0,

    /// <summary>The nearest peers that can be reached have answered.</summary>
    Satisfied,

    /// <summary>The target peer itself was reached.</summary>
    Reached,

    /// <summary>Nobody is left to ask.</summary>
    Exhausted,

    /// <summary>The time or the number of requests for one lookup is used up.</summary>
    LimitReached,

    /// <summary>The owner has what it wanted.</summary>
    Stopped,
}
