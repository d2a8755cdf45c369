using System.ComponentModel.DataAnnotations;
using P2P.Core.Multiformats;
using P2P.Transport.Identify;
using P2P.Transport.Limits;
using P2P.Transport.Peers;

namespace P2P.Transport.Connections;

/// <summary>Limits and habits of the connection manager.</summary>
/// <remarks>Spec: limits, section 2, connection, handshake and dial rows.</remarks>
public sealed record PeerNetworkOptions
{
    /// <summary>Who may connect, how many and how fast.</summary>
    public ConnectionLimits Limits { get; init; } = new();

    /// <summary>What is remembered about peers.</summary>
    public PeerStoreOptions PeerStore { get; init; } = new();

    /// <summary>What we say of ourselves.</summary>
    public IdentifyOptions Identify { get; init; } = new();

    /// <summary>Dialling.</summary>
    public DialOptions Dial { get; init; } = new();

    /// <summary>Told to others besides the addresses we listen on (a forwarded port, say). Default none.</summary>
    public IReadOnlyList<Multiaddr> AnnounceAddresses { get; init; } = [];

    /// <summary>Whether private and loopback addresses are told to others at all; off, only public ones are. Default true.</summary>
    public bool AdvertisePrivate { get; init; } = true;

    /// <summary>
    /// Whether only addresses that a person named are kept and dialled, not what mDNS, third parties and peers themselves say, and no address of ours is
    /// told. Default false. Inbound connections are not concerned: who knows the address may come.
    /// </summary>
    public bool Isolated { get; init; }

    /// <summary>Whether identify runs on new connections and is served. Default true; without it no protocol of a peer is known.</summary>
    public bool IdentifyEnabled { get; init; } = true;

    /// <summary>Longest time for a handshake, in or out. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time for agreeing on the protocol of a stream. Default 10 s.</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time for a graceful close, then the connection is aborted. Default 5 s.</summary>
    public TimeSpan CloseTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a surplus connection to a peer stays open at least, so that both sides have seen the one that is kept. Default 2 s.</summary>
    public TimeSpan SurplusGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often expired state, surplus connections and interface addresses are looked at. Default 1 s.</summary>
    public TimeSpan MaintenanceInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Events a reader may fall behind; then it loses the oldest. Default 1,024.</summary>
    [Range(16, 65_536)]
    public int EventBacklog { get; init; } = 1024;

    /// <summary>Peers banned at the same time. Default 4,096; then the ban that ends first ends now.</summary>
    [Range(1, 1_048_576)]
    public int BansMax { get; init; } = 4_096;

    /// <summary>Readers of peer events at the same time; more are refused with an exception. Default 64.</summary>
    [Range(1, 1024)]
    public int EventReadersMax { get; init; } = 64;
}
