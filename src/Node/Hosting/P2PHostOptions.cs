using System.Text.Json;
using P2P.Core.Multiformats;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Presence;
using P2P.Node.Documents;
using P2P.Storage;
using P2P.Transport.Limits;
using P2P.Transport.Memory;

namespace P2P.Node.Hosting;

/// <summary>
/// What a node inside an application is told: section <c>P2P</c> of the configuration first, then the code of <c>AddP2P</c>. Checked when the host
/// starts, and again before the node does.
/// </summary>
public sealed class P2PHostOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "P2P";

    /// <summary>As <see cref="P2POptions.DataDirectory"/>. Default null: everything in memory.</summary>
    public string? DataDirectory { get; set; }

    /// <summary>As <see cref="P2POptions.Network"/>. Default <c>lan</c>.</summary>
    public string Network { get; set; } = "lan";

    /// <summary>As <see cref="P2POptions.Profile"/>. Default <see cref="NodeProfile.Lan"/>.</summary>
    public NodeProfile Profile { get; set; } = NodeProfile.Lan;

    /// <summary>As <see cref="P2POptions.Listen"/>, as text. Default empty.</summary>
    public IList<string> Listen { get; } = [];

    /// <summary>As <see cref="P2POptions.Interfaces"/>. Default empty: all.</summary>
    public IList<string> Interfaces { get; } = [];

    /// <summary>As <see cref="P2POptions.Peers"/>, as text. Default none.</summary>
    public IList<string> Peers { get; } = [];

    /// <summary>As <see cref="P2POptions.Mdns"/>. Default null: in <see cref="NodeProfile.Lan"/> only.</summary>
    public bool? Mdns { get; set; }

    /// <summary>As <see cref="P2POptions.MdnsPort"/>. Default 5353.</summary>
    public int MdnsPort { get; set; } = 5353;

    /// <summary>Whether own events carry no claimed time (configuration: <c>Privacy:WithholdTime</c>). Default false.</summary>
    public bool WithholdTime { get; set; }

    /// <summary>Who may connect, how many and how fast.</summary>
    public ConnectionLimits Connections { get; set; } = new();

    /// <summary>How typing is gathered into events.</summary>
    public TextOptions Text { get; set; } = new();

    /// <summary>Who is in a document: pace and limits.</summary>
    public PresenceOptions Presence { get; set; } = new();

    /// <summary>Interval tree clocks: stamps that spare bytes of sync sessions.</summary>
    public ClockOptions Clocks { get; set; } = new();

    /// <summary>As <see cref="P2POptions.Memory"/>: shared by the nodes of one process, so it can be given in code only. Default null.</summary>
    public MemoryNetwork? Memory { get; set; }

    /// <summary>As <see cref="P2POptions.Json"/>; in code only. Default null.</summary>
    public JsonSerializerOptions? Json { get; set; }

    /// <summary>How the store keeps its promises, when there is a data folder.</summary>
    public StorageOptions Storage { get; set; } = new();

    /// <summary>The same in the words of a node.</summary>
    /// <exception cref="P2PException">An address that is none (<see cref="NodeError.InvalidOption"/>).</exception>
    internal P2POptions ToNodeOptions()
    {
        NodeOptionsCheck.NotNull((nameof(Text), Text));
        return new P2POptions
        {
            DataDirectory = DataDirectory,
            Network = Network,
            Profile = Profile,
            Listen = Addresses(nameof(Listen), Listen),
            Interfaces = [.. Interfaces],
            Peers = Addresses(nameof(Peers), Peers),
            Mdns = Mdns,
            MdnsPort = MdnsPort,
            Connections = Connections,
            Text = WithholdTime ? Text with { WithholdTime = true } : Text,
            Presence = Presence,
            Clocks = Clocks,
            Memory = Memory,
            Json = Json,
            Storage = Storage,
        };
    }

    private static Multiaddr[] Addresses(string option, IEnumerable<string> texts) =>
    [
        .. texts.Select(text => text is not null && Multiaddr.TryParse(text, out Multiaddr? address) && address is not null
            ? address
            : throw new P2PException(NodeError.InvalidOption, $"{option}: '{text}' is no address; one looks like /ip4/192.168.1.20/tcp/4001.")),
    ];
}
