namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Why a peer's stamp was dropped. Nothing but bytes on the wire depends on it.</summary>
public enum HintRefusal
{
    /// <summary>It was used.</summary>
    None = 0,

    /// <summary>Hints are turned off here.</summary>
    Off,

    /// <summary>The bytes are not a stamp, or one that is too large or too deep.</summary>
    Undecodable,

    /// <summary>It came over a session whose peer is not authenticated.</summary>
    Unauthenticated,

    /// <summary>It rises further than the events delivered with it can have raised it: a poisoned counter.</summary>
    GrowthTooLarge,

    /// <summary>Equal stamps with different heads: an id was used twice. Take a new fork.</summary>
    IdentityReuse,

    /// <summary>It said "nothing new", and the peer's heads said otherwise.</summary>
    ContradictedByHeads,

    /// <summary>It is of another epoch.</summary>
    OtherEpoch,

    /// <summary>It names more islands than a stamp can hold.</summary>
    TooManyIslands,
}
