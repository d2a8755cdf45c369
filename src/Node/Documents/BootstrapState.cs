namespace P2P.Node.Documents;

/// <summary>How far a document's start from a snapshot is.</summary>
public enum BootstrapState
{
    /// <summary>It was not asked for, or the document was here already.</summary>
    None = 0,

    /// <summary>Looking for peers, the snapshot and its blocks.</summary>
    Looking,

    /// <summary>The text is there: what a trusted author says, not yet verified.</summary>
    Unverified,

    /// <summary>Every event was verified and is in the document.</summary>
    Verified,

    /// <summary>The snapshot is false and was ignored; <see cref="BootstrapStatus.Refusal"/> says what is wrong with it.</summary>
    Refused,

    /// <summary>There was none to be had in time.</summary>
    NotFound,
}
