namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What happens to an identity.</summary>
public enum IdentityInputKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>This replica created the domain: it takes the seed.</summary>
    Create,

    /// <summary>First contact: ask this member for a fork.</summary>
    Ask,

    /// <summary>A peer asks for a fork.</summary>
    Asked,

    /// <summary>A grant arrived.</summary>
    Granted,

    /// <summary>An event of this replica.</summary>
    Record,

    /// <summary>Leave: give everything to this heir.</summary>
    Leave,

    /// <summary>A leaver's id arrived.</summary>
    Inherited,

    /// <summary>The store has written a version.</summary>
    Stored,

    /// <summary>The state came from a backup: the id must not be used again.</summary>
    Restored,

    /// <summary>A checkpoint opened a new epoch.</summary>
    Checkpoint,

    /// <summary>What a peer knows is known here too. Not stored for itself: forgetting it in a crash costs bytes.</summary>
    Learned,
}
