namespace P2P.Crdt.Events;

/// <summary>What admission said about a block.</summary>
public enum EventVerdictKind
{
    /// <summary>No verdict.</summary>
    None = 0,

    /// <summary>Admitted (and durable, when a replica reports it).</summary>
    Accepted,

    /// <summary>Known already.</summary>
    Duplicate,

    /// <summary>Kept in the waiting room: links are missing, or it is an uncited tail event of a flagged or removed author.</summary>
    Pending,

    /// <summary>Refused.</summary>
    Invalid,

    /// <summary>Not looked at: a local limit. Try again later.</summary>
    Busy,
}
