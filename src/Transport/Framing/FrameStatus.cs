namespace P2P.Transport.Framing;

/// <summary>What reading a length-prefixed frame came to.</summary>
public enum FrameStatus
{
    /// <summary>Nothing; never a success.</summary>
    None = 0,

    /// <summary>A whole frame.</summary>
    Done,

    /// <summary>The remote ended its side between two frames.</summary>
    Ended,

    /// <summary>The remote ended its side inside a frame.</summary>
    Truncated,

    /// <summary>The length prefix is not a canonical varint.</summary>
    Malformed,

    /// <summary>The length prefix is above the limit.</summary>
    TooLong,

    /// <summary>The frame would need more memory than the peer, or all peers together, may hold in unfinished frames.</summary>
    OverBudget,

    /// <summary>A frame that takes memory of the budget did not arrive in time.</summary>
    TooSlow,
}
