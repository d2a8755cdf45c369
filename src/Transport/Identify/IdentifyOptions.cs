using System.ComponentModel.DataAnnotations;

namespace P2P.Transport.Identify;

/// <summary>What we say of ourselves and how much we listen to.</summary>
/// <remarks>Spec: libp2p wire, section 10; limits, section 2, identify rows.</remarks>
public sealed record IdentifyOptions
{
    /// <summary>Sent as agentVersion. Default <c>p2p-dotnet/0.1.0</c>.</summary>
    [StringLength(64)]
    public string AgentVersion { get; init; } = "p2p-dotnet/0.1.0";

    /// <summary>Sent as protocolVersion; a different one of the remote is no error. Default <c>ipfs/0.1.0</c>, what go and js say.</summary>
    [StringLength(64)]
    public string ProtocolVersion { get; init; } = "ipfs/0.1.0";

    /// <summary>Longest time for one exchange. Default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Changes within this time go out in one push. Default 1 s.</summary>
    public TimeSpan PushDebounce { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Shortest time between two of our pushes, and mean time between accepted ones of one peer. Default 5 s.</summary>
    public TimeSpan PushInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pushes accepted from one peer at once, before <see cref="PushInterval"/> applies; more are reset and counted. Default 4.</summary>
    [Range(1, 64)]
    public int PushBurst { get; init; } = 4;

    /// <summary>Pushes we send at the same time. Default 32.</summary>
    [Range(1, 256)]
    public int PushConcurrency { get; init; } = 32;
}
