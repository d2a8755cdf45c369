namespace P2P.Crdt.Events;

/// <summary>Which local limit kept an event from being looked at. None of them says anything about the event.</summary>
public enum BusyReason
{
    /// <summary>No limit.</summary>
    None = 0,

    /// <summary>The store failed, or takes own events only: its quota or the disk's reserve is used up.</summary>
    Store,

    /// <summary>The sender brought too much that it could have found wrong itself.</summary>
    Sender,

    /// <summary>The author has used up his share of the store.</summary>
    AuthorShare,

    /// <summary>Too many bad signatures in one pack: the rest is not checked.</summary>
    Signatures,

    /// <summary>It came from nowhere.</summary>
    Source,
}
