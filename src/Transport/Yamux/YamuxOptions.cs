namespace P2P.Transport.Yamux;

/// <summary>Limits of a yamux session. What a remote can make us hold is bounded by these alone.</summary>
/// <remarks>Spec: limits, section 2, yamux rows.</remarks>
public sealed record YamuxOptions
{
    /// <summary>Streams the remote may have open; more are reset. Default 256.</summary>
    public int InboundStreamsMax { get; init; } = 256;

    /// <summary>Streams we may have open; more are refused with <c>LimitReached</c>. Default 256.</summary>
    public int OutboundStreamsMax { get; init; } = 256;

    /// <summary>Own streams the remote has not acknowledged; opening waits beyond. Also inbound streams nobody accepted; more are reset. Default 64.</summary>
    public int AckBacklog { get; init; } = 64;

    /// <summary>Largest body of a received frame in bytes; a larger one closes the connection. Default 1 MiB.</summary>
    public int FrameBytesMax { get; init; } = 1024 * 1024;

    /// <summary>Largest receive window of a stream in bytes; it grows to this while its reader keeps up. Default 16 MiB.</summary>
    public int WindowBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>Received bytes held and window granted beyond the first 256 KiB per stream, per connection. Default 20 MiB.</summary>
    public long ConnectionBytesMax { get; init; } = 20L * 1024 * 1024;

    /// <summary>The same over all connections of one peer. Default 24 MiB.</summary>
    public long PeerBytesMax { get; init; } = 24L * 1024 * 1024;

    /// <summary>The same over all connections of one upgrader. Default 64 MiB.</summary>
    public long ProcessBytesMax { get; init; } = 64L * 1024 * 1024;

    /// <summary>
    /// Answers to the remote (pongs, resets of refused streams) waiting to be written; more close the connection. Default 256, because an
    /// honest peer may open as many streams in one flight.
    /// </summary>
    public int ControlBacklog { get; init; } = 256;

    /// <summary>Pings answered per second; more close the connection. Default 10.</summary>
    public int PingsPerSecondMax { get; init; } = 10;

    /// <summary>How long a stream that we have closed waits for the remote to end its side, before it is reset. Default 5 s.</summary>
    public TimeSpan LingerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time one write to the connection may take. Default 10 s.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time a graceful close may take. Default 1 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(1);
}
