using P2P.Transport.Yamux;

namespace P2P.Transport.Connections;

/// <summary>Limits of turning a raw connection into an authenticated, multiplexed one.</summary>
/// <remarks>Spec: limits, section 2, handshake and multistream rows.</remarks>
public sealed record UpgradeOptions
{
    /// <summary>Longest time from the first byte to a usable connection. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time an inbound connection may stay silent. Default 3 s.</summary>
    public TimeSpan FirstByteTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether muxers are listed inside the Noise handshake, which saves one round trip. Default true.</summary>
    public bool EarlyMuxer { get; init; } = true;

    /// <summary>Limits of the multiplexer.</summary>
    public YamuxOptions Yamux { get; init; } = new();
}
