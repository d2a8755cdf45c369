namespace P2P.Node.Adapters;

/// <summary>Why a question about blocks came to nothing. Each is counted.</summary>
internal enum KeepRefusal
{
    /// <summary>It went well.</summary>
    None = 0,

    /// <summary>The bytes are no question or no answer to it, or too many.</summary>
    Malformed,

    /// <summary>The peer is gone, too slow, or does not speak the protocol.</summary>
    Unreachable,

    /// <summary>The store could not be read: nothing was promised.</summary>
    StoreFailed,

    /// <summary>A peer that is not in the settings said that it keeps a block, and did not give it.</summary>
    NotGiven,
}
