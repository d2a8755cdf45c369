namespace P2P.Transport.Discovery;

/// <summary>What reading a multicast packet came to.</summary>
internal enum MdnsStatus
{
    /// <summary>Nothing was read; never a success.</summary>
    None = 0,

    /// <summary>Read; it may say nothing that concerns us.</summary>
    Done,

    /// <summary>Shorter than a header.</summary>
    TooShort,

    /// <summary>Not a standard query or answer.</summary>
    OtherOperation,

    /// <summary>More questions and records than any real packet holds.</summary>
    TooManyRecords,

    /// <summary>A name, question or record is cut or malformed.</summary>
    Malformed,
}
