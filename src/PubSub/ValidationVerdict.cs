namespace P2P.PubSub;

/// <summary>What a validator decides about a message.</summary>
public enum ValidationVerdict
{
    /// <summary>Nothing; treated as <see cref="Ignore"/> and counted.</summary>
    None = 0,

    /// <summary>Deliver it and pass it on.</summary>
    Accept,

    /// <summary>Drop it and charge whoever sent it. Only for faults the sender could have seen itself.</summary>
    Reject,

    /// <summary>Drop it, charge nobody.</summary>
    Ignore,
}
