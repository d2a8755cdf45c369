namespace P2P.Transport.Yamux;

/// <summary>Kinds of effect.</summary>
internal enum YamuxEffectKind
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>The remote opened a stream: hand it out.</summary>
    Opened,

    /// <summary>The body that follows belongs to the stream. Without this effect it is dropped.</summary>
    Body,

    /// <summary>The remote half-closed; everything it sent has been delivered.</summary>
    RemoteEnded,

    /// <summary>The stream was reset: fail what waits, drop what is unread.</summary>
    Reset,

    /// <summary>All sessions together hold too much: ask the budget whose stream must go.</summary>
    OverSharedBudget,
}
