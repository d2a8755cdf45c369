using P2P.Core.Identity;
using P2P.Dht.Routing;

namespace P2P.Dht.Engine;

/// <summary>A key we provide ourselves. Owned by <see cref="ProvideBook"/>.</summary>
internal sealed class ProvidedKey(ReadOnlyMemory<byte> multihash, TimeSpan nextAt)
{
    public ReadOnlyMemory<byte> Multihash { get; } = multihash;

    public KadKey Key { get; } = KadKey.Of(multihash.Span);

    /// <summary>Peers that were told.</summary>
    public HashSet<PeerId> Holders { get; } = [];

    /// <summary>When it is announced again.</summary>
    public TimeSpan NextAt { get; set; } = nextAt;

    /// <summary>An announcement is under way.</summary>
    public bool Running { get; set; }

    /// <summary>Announcements in a row that reached nobody.</summary>
    public int Misses { get; set; }
}
