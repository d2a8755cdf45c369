namespace P2P.Crdt.Federation.State;

/// <summary>
/// Bugs of the literal draft, to prove that the tests would catch them. Internal: no program outside the tests can set one.
/// </summary>
/// <remarks>Spec: federation, section 8, "Bugs of the literal draft"; simulation, section 6, self-test.</remarks>
[Flags]
internal enum DraftDefects
{
    /// <summary>The product.</summary>
    None = 0,

    /// <summary>A tombstone deletes its target if it is there, and is forgotten; a lift likewise.</summary>
    DeleteIfPresent = 1,

    /// <summary>Of two edges in one slot with equal sequence number the later arrival wins.</summary>
    TieByArrival = 2,

    /// <summary>Events are ordered by sequence number first.</summary>
    OrderBySequence = 4,

    /// <summary>Each shard sees its own tombstones only.</summary>
    ShadowPerShard = 8,

    /// <summary>A list is written in the order of a hash table.</summary>
    DictionaryOrder = 16,

    /// <summary>Events of forked authors are folded as they come, cited or not.</summary>
    TolerateForks = 32,

    /// <summary>A sync session sends what has a higher number than the highest that the peer claims, whoever wrote it.</summary>
    PerPeerCursor = 64,

    /// <summary>An event is admitted when its previous one is there, whatever else it links to.</summary>
    ForgetDependencies = 128,

    /// <summary>A new event is compared with one of equal number only while that is visible.</summary>
    VisibleSiblingsOnly = 256,

    /// <summary>A missing link is asked for once.</summary>
    RetryOnce = 512,
}
