namespace P2P.Dht;

/// <summary>A picture of the routing table at one moment.</summary>
/// <param name="Peers">All entries, nearest bucket last, in a fixed order.</param>
/// <param name="NetworkSizeEstimate">Servers in the swarm as estimated from the density near our id; 1 when alone.</param>
public sealed record TableSnapshot(IReadOnlyList<TablePeer> Peers, int NetworkSizeEstimate)
{
    /// <summary>How the last lookup went; null before the first.</summary>
    public LookupTrace? LastLookup { get; init; }
}
