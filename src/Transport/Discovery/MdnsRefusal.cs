namespace P2P.Transport.Discovery;

/// <summary>Why something heard by multicast was not used. Each is counted.</summary>
public enum MdnsRefusal
{
    /// <summary>Not refused.</summary>
    None = 0,

    /// <summary>The packet is malformed.</summary>
    Malformed,

    /// <summary>The packet is longer than accepted.</summary>
    TooLong,

    /// <summary>More packets waited than the loop keeps.</summary>
    Backlog,

    /// <summary>The sender is not on the link.</summary>
    OffLink,

    /// <summary>No address of the peer can be believed here.</summary>
    NoUsableAddress,

    /// <summary>More new peers in a minute than we follow up.</summary>
    CandidateRate,

    /// <summary>A legacy unicast query came too soon after others.</summary>
    AnswerRate,
}
