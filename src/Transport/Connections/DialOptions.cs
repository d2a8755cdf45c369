using System.ComponentModel.DataAnnotations;

namespace P2P.Transport.Connections;

/// <summary>Limits of dialling.</summary>
/// <remarks>Spec: limits, section 2, dial row, and T22 (nobody may make us flood a victim).</remarks>
public sealed record DialOptions
{
    /// <summary>Addresses of one peer dialled at the same time. Default 4.</summary>
    [Range(1, 16)]
    public int ParallelPerPeer { get; init; } = 4;

    /// <summary>Addresses tried in one dial of a peer, best first. Default 8.</summary>
    [Range(1, 32)]
    public int AddressesMax { get; init; } = 8;

    /// <summary>Head start of a better address over the next one; a failure starts the next at once. Default 100 ms.</summary>
    public TimeSpan Stagger { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest time for one address, handshake included. Default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Sockets being dialled at the same time, all peers. Default 64; more wait.</summary>
    [Range(1, 1024)]
    public int ParallelMax { get; init; } = 64;

    /// <summary>Peers being dialled or waiting for it. Default 512; more are refused with <see cref="TransportError.LimitReached"/>.</summary>
    [Range(1, 4096)]
    public int QueueMax { get; init; } = 512;

    /// <summary>First pause after a failed address; doubles up to <see cref="BackoffMax"/>. Default 5 s.</summary>
    public TimeSpan BackoffMin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest pause. Default 5 min.</summary>
    public TimeSpan BackoffMax { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Failed addresses remembered. Default 4,096; the oldest is forgotten.</summary>
    [Range(16, 65_536)]
    public int BackoffEntriesMax { get; init; } = 4096;

    /// <summary>Dials per second to one IPv4 /24 or IPv6 /48, unless a person asked; loopback free. Default 4; more wait.</summary>
    [Range(1, 1000)]
    public int PerSubnetPerSecond { get; init; } = 4;
}
