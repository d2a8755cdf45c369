namespace P2P.Crdt.Events;

/// <summary>Names of the event types that the replica itself gives a meaning.</summary>
/// <remarks>Spec: replica, section 2.</remarks>
public static class EventTypes
{
    /// <summary>Text edits; rules in HashSeq.</summary>
    public const string Sequence = "seq";

    /// <summary>Empty body, at least two links: brings heads together.</summary>
    public const string Merge = "merge";

    /// <summary>Adds or removes writers.</summary>
    public const string Grant = "grant";

    /// <summary>Names two events with equal author and sequence number.</summary>
    public const string ForkProof = "forkproof";

    /// <summary>Whether the body of this type may carry <c>refs</c>, which are links of the DAG.</summary>
    /// <param name="type">The type name.</param>
    public static bool DefinesReferences(string type) => type is Sequence or ForkProof;
}
