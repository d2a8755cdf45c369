using P2P.Core.Multiformats;

namespace P2P.Transport.Identify;

/// <summary>What a peer says of itself. Absent means absent: in a push it means "unchanged".</summary>
public sealed record IdentifyInfo
{
    /// <summary>The key as protobuf; empty when absent.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; init; }

    /// <summary>Where it listens, without <c>/p2p</c>; at most 32, unverified.</summary>
    public IReadOnlyList<Multiaddr> ListenAddresses { get; init; } = [];

    /// <summary>What it accepts; at most 128 of at most 256 bytes each.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>Where it sees the other side.</summary>
    public Multiaddr? ObservedAddress { get; init; }

    /// <summary>Free text, at most 64 printable characters.</summary>
    public string? ProtocolVersion { get; init; }

    /// <summary>Free text, at most 64 printable characters.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>Envelope bytes of its signed peer record, unverified; empty when absent.</summary>
    public ReadOnlyMemory<byte> SignedRecord { get; init; }
}
