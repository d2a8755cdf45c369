namespace P2P.Transport.Yamux;

/// <summary>Why a frame was refused, or a stream reset. The first group closes the connection.</summary>
public enum YamuxRefusal
{
    /// <summary>Nothing was refused.</summary>
    None = 0,

    /// <summary>Version other than 0.</summary>
    Version,

    /// <summary>Unknown frame type.</summary>
    FrameType,

    /// <summary>Body longer than the limit.</summary>
    FrameTooLarge,

    /// <summary>More data than the credit we gave.</summary>
    WindowExceeded,

    /// <summary>SYN with an id of the wrong parity, or 0.</summary>
    StreamId,

    /// <summary>SYN for a stream that is open.</summary>
    StreamInUse,

    /// <summary>More pings per second than we answer.</summary>
    PingFlood,

    /// <summary>The remote makes us answer faster than it reads our answers.</summary>
    ControlBacklog,

    /// <summary>GoAway code that does not exist.</summary>
    GoAwayCode,

    /// <summary>Bytes that the secure channel could not open: tampered with, or from a broken peer.</summary>
    Tampered,

    /// <summary>The remote did not read for the length of the write timeout.</summary>
    WriteTimeout,

    /// <summary>Data after FIN; the stream is reset.</summary>
    DataAfterEnd,

    /// <summary>Too many streams open; the new one is reset.</summary>
    TooManyStreams,

    /// <summary>Too many streams wait to be accepted; the new one is reset.</summary>
    AcceptBacklog,

    /// <summary>A stream opened after our GoAway; it is reset.</summary>
    GoingAway,

    /// <summary>The buffered bytes of the connection or process are over their limit; the stream that holds most is reset.</summary>
    Memory,

    /// <summary>The remote did not end its side of a stream that we had closed; it is reset.</summary>
    Lingered,
}
