namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Why a stream of clocks came to nothing. Each is counted.</summary>
public enum ClockRefusal
{
    /// <summary>It went well.</summary>
    None = 0,

    /// <summary>The bytes are no message, too many, or came too slowly.</summary>
    Malformed,

    /// <summary>The document is not open here; nothing else is revealed.</summary>
    NotShared,

    /// <summary>The record could not be stored: this clock is silent until its document is opened again.</summary>
    StoreFailed,

    /// <summary>The peer cannot be reached or does not speak the protocol.</summary>
    Unreachable,

    /// <summary>More meetings wait than are kept; the next session asks again.</summary>
    Busy,

    /// <summary>A record had risen further than there are events: it was poisoned, and dropped.</summary>
    Poisoned,
}
