using System.ComponentModel.DataAnnotations;

namespace P2P.Transport.Peers;

/// <summary>Limits of what is remembered about peers.</summary>
/// <remarks>Spec: limits, section 2, peer store row: 4,096 peers of at most 64 KiB each.</remarks>
public sealed record PeerStoreOptions
{
    /// <summary>
    /// Peers remembered. Default 4,096. When full, the peer heard of longest ago by third parties only goes first, then the longest unused
    /// disconnected one; connected peers never go.
    /// </summary>
    [Range(16, 65_536)]
    public int PeersMax { get; init; } = 4096;

    /// <summary>Addresses per peer. Default 32. When full, a less trusted one makes room, otherwise the new one is dropped.</summary>
    [Range(1, 64)]
    public int AddressesPerPeerMax { get; init; } = 32;

    /// <summary>Protocols per peer. Default 128; more are dropped.</summary>
    [Range(1, 1024)]
    public int ProtocolsPerPeerMax { get; init; } = 128;

    /// <summary>Life of an address heard from a third party. Default 20 min.</summary>
    public TimeSpan ThirdPartyTtl { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Life of an address found by multicast. Default 6 min, the longest TTL in the field.</summary>
    public TimeSpan DiscoveryTtl { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>Life of an address the peer itself gave, counted from disconnect. Default 1 h.</summary>
    public TimeSpan OwnTtl { get; init; } = TimeSpan.FromHours(1);
}
