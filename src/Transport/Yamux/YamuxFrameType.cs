namespace P2P.Transport.Yamux;

/// <summary>Kinds of frame. The wire number is the value minus one, because <c>default</c> must not mean Data.</summary>
internal enum YamuxFrameType : byte
{
    /// <summary>Nothing; refused.</summary>
    None = 0,

    /// <summary>Bytes of a stream; wire 0.</summary>
    Data = 1,

    /// <summary>More credit for a stream; wire 1.</summary>
    WindowUpdate = 2,

    /// <summary>Round trip; wire 2.</summary>
    Ping = 3,

    /// <summary>No new streams; wire 3.</summary>
    GoAway = 4,
}
