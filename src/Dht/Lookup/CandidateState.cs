namespace P2P.Dht.Lookup;

/// <summary>Where a lookup stands with a peer.</summary>
internal enum CandidateState
{
    None = 0,
    Heard,
    Waiting,

    /// <summary>Silent for longer than the hedge delay: a stand-in may be asked.</summary>
    Slow,
    Answered,
    Failed,
}
