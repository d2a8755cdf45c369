namespace P2P.Transport.Discovery;

/// <summary>What came back to a question for texts.</summary>
internal enum DnsTextStatus
{
    /// <summary>Never used.</summary>
    None = 0,

    /// <summary>The texts of the name, perhaps none.</summary>
    Answer,

    /// <summary>Too long for a datagram: ask by TCP.</summary>
    Truncated,

    /// <summary>The server cannot or will not say, or what it said cannot be read.</summary>
    Failed,

    /// <summary>No answer to this question.</summary>
    Foreign,
}
