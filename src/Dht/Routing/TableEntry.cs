using P2P.Core.Identity;

namespace P2P.Dht.Routing;

/// <summary>One peer of the routing table; owned by the table.</summary>
internal sealed class TableEntry(PeerId peer, KadKey key, IReadOnlyList<ulong> groups, TimeSpan now)
{
    public PeerId Peer { get; } = peer;

    public KadKey Key { get; } = key;

    /// <summary>Public IP groups it was added under.</summary>
    public IReadOnlyList<ulong> Groups { get; } = groups;

    public TimeSpan LastUseful { get; set; } = now;

    /// <summary>Requests failed since it was last useful.</summary>
    public int Failures { get; set; }
}
