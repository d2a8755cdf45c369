namespace P2P.Transport.Negotiation;

/// <summary>How far a multistream negotiation has come.</summary>
internal enum NegotiationStatus
{
    /// <summary>Nothing; never a success.</summary>
    None = 0,

    /// <summary>Waiting for the other side.</summary>
    Pending,

    /// <summary>Both sides agree on a protocol.</summary>
    Agreed,

    /// <summary>The other side has none of our protocols.</summary>
    Refused,

    /// <summary>More proposals than we answer.</summary>
    TooManyRounds,

    /// <summary>Not multistream: bad header, bad token, or an answer to something we did not ask.</summary>
    Malformed,
}
