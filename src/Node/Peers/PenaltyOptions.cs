namespace P2P.Node.Peers;

/// <summary>When a peer is banned from the whole node. Bans delay: what the peer alone has is fetched again when they end.</summary>
public sealed record PenaltyOptions
{
    /// <summary>Points within <see cref="Window"/> at which a peer is banned. A bad block is one point. Default 32.</summary>
    public int PointsMax { get; init; } = 32;

    /// <summary>Points of a broken sync session. Default 8.</summary>
    public int BrokenSyncPoints { get; init; } = 8;

    /// <summary>Points are forgotten so long after the first. Default 10 min.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a ban lasts. Default 10 min.</summary>
    public TimeSpan BanTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Peers remembered. Default 1,024; then the one noted longest ago is forgotten.</summary>
    public int PeersMax { get; init; } = 1_024;
}
