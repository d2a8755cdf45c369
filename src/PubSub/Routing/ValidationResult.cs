namespace P2P.PubSub.Routing;

/// <summary>How a validation ended, as the router sees it.</summary>
internal enum ValidationResult
{
    None = 0,
    Accept,
    Reject,
    Ignore,

    /// <summary>The signature is wrong: the id must be forgotten, or a forger could censor the true message of the same id.</summary>
    BadSignature,

    /// <summary>It was never judged; it may come again.</summary>
    Busy,

    /// <summary>The validator failed; nobody's fault but ours.</summary>
    Failed,
}
