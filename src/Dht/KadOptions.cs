using System.ComponentModel.DataAnnotations;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace P2P.Dht;

/// <summary>Settings of the DHT; the ranges are security limits.</summary>
/// <remarks>Spec: libp2p-wire §14, limits §2.</remarks>
public sealed record KadOptions
{
    /// <summary>The protocol of the common LAN swarm.</summary>
    public const string LanProtocol = "/ipfs/lan/kad/1.0.0";

    /// <summary>Exact protocol id. Default <see cref="LanProtocol"/>; see <see cref="LanProtocolOf"/>.</summary>
    public string Protocol { get; init; } = LanProtocol;

    /// <summary>Whether to answer requests. Default <see cref="KadMode.Server"/>.</summary>
    public KadMode Mode { get; init; } = KadMode.Server;

    /// <summary>
    /// Whether loopback (and in-process) addresses are told and believed. Default off: they mean another machine to everybody else. Turn it on
    /// when all nodes run on one machine.
    /// </summary>
    public bool AllowLoopback { get; init; }

    /// <summary>Whether private addresses are told and believed, as on a LAN. Default on; off in the open net, where they mean another machine to everybody else.</summary>
    public bool AllowPrivate { get; init; } = true;

    /// <summary>Validators of application namespaces; <c>/pk/</c> is built in. Default none: every other namespace is refused.</summary>
    public IReadOnlyList<IKadValidator> Validators { get; init; } = [];

    /// <summary>Peers per bucket, holders per record (k). Default 20.</summary>
    [Range(2, 20)]
    public int K { get; init; } = 20;

    /// <summary>Requests of one lookup in flight (α), slow ones not counted. Default 10.</summary>
    [Range(1, 20)]
    public int Alpha { get; init; } = 10;

    /// <summary>Nearest peers that must have answered before a path of a lookup is done (β). Default 3.</summary>
    [Range(1, 20)]
    public int Beta { get; init; } = 3;

    /// <summary>Disjoint paths of a lookup: what one peer says can mislead one path only. Default 4.</summary>
    [Range(1, 8)]
    public int DisjointPaths { get; init; } = 4;

    /// <summary>Time for one request, dialling included. Default 5 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Time for a whole lookup. Default 30 s.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A peer that has not answered after this gets a stand-in asked beside it. Default 250 ms.</summary>
    public TimeSpan HedgeDelay { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Time from the first to the last byte of a message. Default 10 s.</summary>
    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>An inbound stream without requests for so long is closed. Default 1 min.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Inbound streams per peer at one time; more are reset. Default 8.</summary>
    [Range(1, 32)]
    public int StreamsPerPeer { get; init; } = 8;

    /// <summary>Inputs waiting for the engine; callers and streams wait beyond. Default 1,024.</summary>
    [Range(1, 65_536)]
    public int InboxCapacity { get; init; } = 1_024;

    /// <summary>Longest message accepted, bytes. Default 64 KiB.</summary>
    [Range(4096, 1 << 20)]
    public int MessageBytesMax { get; init; } = 64 * 1024;

    /// <summary>Longest answer sent, bytes. Default 16 KiB: rust peers refuse more.</summary>
    [Range(4096, 64 * 1024)]
    public int AnswerBytesMax { get; init; } = 16 * 1024;

    /// <summary>How often the table is refreshed. Default 10 min.</summary>
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often our own provider records are renewed, ± 5 %. Default 22 h.</summary>
    public TimeSpan ReprovideInterval { get; init; } = TimeSpan.FromHours(22);

    /// <summary>Life of provider records and values stored for others. Default 48 h.</summary>
    public TimeSpan RecordLife { get; init; } = TimeSpan.FromHours(48);

    /// <summary>Life of the addresses in a provider record. Default 24 h.</summary>
    public TimeSpan ProviderAddressLife { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Providers stored per key; a further one is refused until an old one is overdue. Default 20.</summary>
    [Range(1, 256)]
    public int ProvidersPerKey { get; init; } = 20;

    /// <summary>Keys with providers stored for others; the farthest from us is evicted. Default 65,536.</summary>
    [Range(1, 1 << 20)]
    public int ProviderKeysMax { get; init; } = 65_536;

    /// <summary>Provider keys accepted from one peer in an hour; more are refused. Default 1,024.</summary>
    [Range(1, 1 << 20)]
    public int ProviderKeysPerPeerHour { get; init; } = 1024;

    /// <summary>Longest value, bytes. Default 8 KiB.</summary>
    [Range(1, 16 * 1024)]
    public int ValueBytesMax { get; init; } = 8 * 1024;

    /// <summary>Values stored; the farthest from us is evicted. Default 4,096.</summary>
    [Range(1, 1 << 20)]
    public int ValuesMax { get; init; } = 4096;

    /// <summary>Values stored on behalf of one remote peer; more are refused. Default 256.</summary>
    [Range(1, 1 << 20)]
    public int ValuesPerPeer { get; init; } = 256;

    /// <summary>Keys we provide ourselves; more throw <see cref="KadError.TooManyProvidedKeys"/>. Default 4,096.</summary>
    [Range(1, 1 << 20)]
    public int ProvidedKeysMax { get; init; } = 4096;

    /// <summary>Lookups at one time; more wait. Default 64.</summary>
    [Range(1, 1024)]
    public int LookupsMax { get; init; } = 64;

    /// <summary>Operations waiting or running; more throw <see cref="KadError.TooManyOperations"/>. Default 8,192.</summary>
    [Range(1, 1 << 16)]
    public int OperationsMax { get; init; } = 8192;

    /// <summary>Most peers of one public IP group in the whole table and in one bucket. Private addresses are not counted. Default 3 and 2.</summary>
    public (int Table, int Bucket) GroupLimit { get; init; } = (3, 2);

    /// <summary>Where meters are made; without one the DHT makes its own.</summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Where events are logged. Default nowhere.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The LAN protocol id of a swarm of one's own: <c>/name/lan/kad/1.0.0</c>.</summary>
    /// <param name="prefix">Name without slashes at the ends, for example <c>ipfs</c>.</param>
    public static string LanProtocolOf(string prefix) => $"/{prefix}/lan/kad/1.0.0";
}
