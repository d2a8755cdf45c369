namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Kinds of messages between identities.</summary>
public enum IdentityMessageKind
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Asks for a fork.</summary>
    Request = 1,

    /// <summary>Carries it.</summary>
    Grant = 2,

    /// <summary>Carries a leaver's id.</summary>
    Bequest = 3,
}
