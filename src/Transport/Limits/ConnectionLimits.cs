using System.ComponentModel.DataAnnotations;

namespace P2P.Transport.Limits;

/// <summary>Who may connect, how many and how fast. Loopback is free of the per-address rules unless said otherwise.</summary>
/// <remarks>Spec: limits, section 2, connection and handshake rows.</remarks>
public sealed record ConnectionLimits
{
    /// <summary>Connections in all. Default 256, hard.</summary>
    [Range(1, 65_536)]
    public int TotalMax { get; init; } = 256;

    /// <summary>Connections others dialled. Default 128, hard.</summary>
    [Range(0, 65_536)]
    public int InboundMax { get; init; } = 128;

    /// <summary>Connections we dialled. Default 128, hard.</summary>
    [Range(0, 65_536)]
    public int OutboundMax { get; init; } = 128;

    /// <summary>Of <see cref="TotalMax"/>, kept free for protected peers. Default 0.</summary>
    [Range(0, 65_536)]
    public int ReservedForProtected { get; init; }

    /// <summary>Connections to one peer at the same time, for the moment in which both dial. Default 4; the oldest surplus one goes.</summary>
    [Range(2, 16)]
    public int PerPeerMax { get; init; } = 4;

    /// <summary>Handshakes in progress, inbound. Default 64; when full the oldest that is older than 250 ms makes room.</summary>
    [Range(1, 4096)]
    public int PendingMax { get; init; } = 64;

    /// <summary>Inbound handshakes in progress per IP address. Default 4.</summary>
    [Range(1, 4096)]
    public int PendingPerAddressMax { get; init; } = 4;

    /// <summary>Inbound connections of one IPv4 address or IPv6 /64. Default 8.</summary>
    [Range(1, 65_536)]
    public int PerAddressMax { get; init; } = 8;

    /// <summary>Inbound connections of one public IPv4 /24. Default 32; private ones are free.</summary>
    [Range(1, 65_536)]
    public int PerIPv4Subnet24Max { get; init; } = 32;

    /// <summary>Inbound connections of one public IPv6 /56. Default 16.</summary>
    [Range(1, 65_536)]
    public int PerIPv6Subnet56Max { get; init; } = 16;

    /// <summary>Inbound connections of one public IPv6 /48. Default 64.</summary>
    [Range(1, 65_536)]
    public int PerIPv6Subnet48Max { get; init; } = 64;

    /// <summary>New inbound connections of one address (IPv6: /64) at once, refilled by one every 2 s. Default 16.</summary>
    [Range(1, 65_536)]
    public int NewPerAddressBurst { get; init; } = 16;

    /// <summary>New inbound connections per second from everywhere except loopback. Default 50.</summary>
    [Range(1, 65_536)]
    public int NewPerSecondMax { get; init; } = 50;

    /// <summary>Whether loopback is exempt from every per-address and rate rule. Default true.</summary>
    public bool LoopbackExempt { get; init; } = true;
}
