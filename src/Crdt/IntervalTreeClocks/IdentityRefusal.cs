namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Why an identity refused an input.</summary>
public enum IdentityRefusal
{
    /// <summary>It did not.</summary>
    None = 0,

    /// <summary>It owns nothing, so it can neither give nor record.</summary>
    Anonymous,

    /// <summary>It owns something already; a second seed or grant would overlap in the eyes of others.</summary>
    AlreadyOwner,

    /// <summary>A grant nobody asked for, or with another nonce.</summary>
    Unexpected,

    /// <summary>What is inherited overlaps: it was given twice.</summary>
    Overlap,

    /// <summary>The message belongs to another epoch.</summary>
    OtherEpoch,

    /// <summary>The id cannot be cut further.</summary>
    DepthLimit,

    /// <summary>The store is behind by <see cref="IdentityOptions.WaitingMax"/> sends.</summary>
    Busy,

    /// <summary>The grant or bequest owns nothing.</summary>
    Empty,

    /// <summary>A counter stands at its highest: no event can be recorded, and no grant or bequest that says so is taken.</summary>
    Overflow,
}
