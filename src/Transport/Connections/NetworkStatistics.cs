namespace P2P.Transport.Connections;

/// <summary>Counters of the connection manager; a snapshot.</summary>
public sealed record NetworkStatistics
{
    /// <summary>Connections others dialled.</summary>
    public int Inbound { get; init; }

    /// <summary>Connections we dialled.</summary>
    public int Outbound { get; init; }

    /// <summary>Inbound handshakes in progress.</summary>
    public int PendingInbound { get; init; }

    /// <summary>Peers being dialled.</summary>
    public int PendingDials { get; init; }

    /// <summary>Peers remembered.</summary>
    public int KnownPeers { get; init; }

    /// <summary>Inbound streams being served.</summary>
    public int InboundStreams { get; init; }

    /// <summary>Refusals by reason since the start.</summary>
    public IReadOnlyDictionary<ConnectionRefusal, long> Refusals { get; init; } = new Dictionary<ConnectionRefusal, long>();
}
