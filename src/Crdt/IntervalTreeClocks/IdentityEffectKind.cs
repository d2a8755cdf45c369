namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>What an identity wants done.</summary>
public enum IdentityEffectKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Write the record durably, then say so.</summary>
    Store,

    /// <summary>Send a request for a fork.</summary>
    SendRequest,

    /// <summary>Send a grant.</summary>
    SendGrant,

    /// <summary>Send what is left behind to the heir.</summary>
    SendBequest,

    /// <summary>The input was refused.</summary>
    Refuse,
}
