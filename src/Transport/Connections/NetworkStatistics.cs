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

    /// <summary>Bytes received over connections since the start, encryption and frames included.</summary>
    public long BytesReceived { get; init; }

    /// <summary>Bytes handed to connections since the start, encryption and frames included.</summary>
    public long BytesSent { get; init; }

    /// <summary>Refusals by reason since the start.</summary>
    public IReadOnlyDictionary<ConnectionRefusal, long> Refusals { get; init; } = new Dictionary<ConnectionRefusal, long>();

    /// <summary>
    /// Finer reasons since the start, as <c>Component.Reason</c>: of handshakes (<c>Upgrade</c>, and <c>Key</c> for identity keys), of yamux frames
    /// and streams (<c>Yamux</c>), of identify statements (<c>Identify</c>) and of signed records (<c>PeerRecord</c>).
    /// </summary>
    public IReadOnlyDictionary<string, long> RefusalDetails { get; init; } = new Dictionary<string, long>();
}
