using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Presence;
using P2P.Node.Documents;
using P2P.Storage;
using P2P.Transport.Limits;
using P2P.Transport.Memory;

namespace P2P.Node;

/// <summary>What a node is told at its start. The defaults are the LAN profile: mDNS, TCP with Noise and Yamux, gossip, in-memory store.</summary>
public sealed record P2POptions
{
    /// <summary>Folder of the identity, the store and the author key; null keeps everything in memory, with fresh keys. Default null.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Separates documents, topics and the DHT protocol id, not connections. 1 to 64 characters of <c>[a-z0-9.-]</c>. Default <c>lan</c>.</summary>
    public string Network { get; init; } = "lan";

    /// <summary>Whom this node looks for, what it tells of itself and how it takes part in the DHT. Default <see cref="NodeProfile.Lan"/>.</summary>
    public NodeProfile Profile { get; init; } = NodeProfile.Lan;

    /// <summary>
    /// Addresses to listen on. Default empty: every address of <see cref="Interfaces"/>, or all interfaces when that is empty too, at the port of the last run
    /// of this data folder (a free one if that is taken, and at the first).
    /// </summary>
    public IReadOnlyList<Multiaddr> Listen { get; init; } = [];

    /// <summary>Names of the network interfaces to use for mDNS and for listening, such as <c>lo</c> or <c>eth0</c>. Default empty: all.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>
    /// The network of <c>/memory/N</c> addresses this node also speaks, for many nodes in one process without sockets. Default null: none.
    /// </summary>
    public MemoryNetwork? Memory { get; init; }

    /// <summary>Peers to connect to and to keep connected, each with <c>/p2p</c>. Default none.</summary>
    public IReadOnlyList<Multiaddr> Peers { get; init; } = [];

    /// <summary>Whether to look for peers on the local network. Default null: as <see cref="Profile"/> says, which is yes in <see cref="NodeProfile.Lan"/> only.</summary>
    public bool? Mdns { get; init; }

    /// <summary>UDP port of mDNS; only tests change it. Default 5353.</summary>
    public int MdnsPort { get; init; } = 5353;

    /// <summary>Who may connect, how many and how fast.</summary>
    public ConnectionLimits Connections
    {
        get => Limits.Network.Limits;
        init => Limits = Limits with { Network = Limits.Network with { Limits = value } };
    }

    /// <summary>How typing is gathered into events.</summary>
    public TextOptions Text { get; init; } = new();

    /// <summary>Who is in a document: pace and limits.</summary>
    public PresenceOptions Presence { get; init; } = new();

    /// <summary>Interval tree clocks: stamps that spare bytes of sync sessions.</summary>
    public ClockOptions Clocks { get; init; } = new();

    /// <summary>
    /// How entries of logs and messages of topics that are neither text nor bytes are written: the options of a source-generated context, such as
    /// <c>MyJson.Default.Options</c>. Default null: each log and topic of such a type names its format.
    /// </summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>How the store keeps its promises, when there is a data folder.</summary>
    public StorageOptions Storage { get; init; } = new();

    /// <summary>Where log lines go. Default nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>
    /// Where meters come from, all named <c>P2P.*</c>. Default null: meters of their own, which any <see cref="MeterListener"/> sees all the same.
    /// </summary>
    public IMeterFactory? Meters { get; init; }

    /// <summary>Clock and timers. Default the system's.</summary>
    public TimeProvider Time { get; init; } = SystemTime.Provider;

    /// <summary>Where loops run. Default the thread pool.</summary>
    public ISpawner Spawner { get; init; } = PoolSpawner.Instance;

    /// <summary>Source of randomness. Default the system's.</summary>
    public IChance Chance { get; init; } = SystemChance.Instance;

    internal NodeLimits Limits { get; init; } = new();

    /// <summary>Checks everything that can be checked without starting; a start checks it too.</summary>
    /// <exception cref="P2PException">An option is out of range (<see cref="NodeError.InvalidOption"/>); the message names it.</exception>
    public void ThrowIfInvalid() => NodeOptionsCheck.Check(this);
}
