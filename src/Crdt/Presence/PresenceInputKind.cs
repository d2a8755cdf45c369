namespace P2P.Crdt.Presence;

/// <summary>What happened.</summary>
public enum PresenceInputKind
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>The user is here, under a name and a colour.</summary>
    Show,

    /// <summary>The caret is somewhere, or nowhere.</summary>
    Move,

    /// <summary>The places of the caret are known, or are not yet.</summary>
    Placed,

    /// <summary>The user is not here any more.</summary>
    Leave,

    /// <summary>A message came.</summary>
    Received,

    /// <summary>Somebody begins to listen.</summary>
    Joined,

    /// <summary>Time passed.</summary>
    Tick,
}
