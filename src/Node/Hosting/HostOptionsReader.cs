using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using P2P.Core.Identity;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Storage;

namespace P2P.Node.Hosting;

/// <summary>
/// Reads section <c>P2P</c>. By a table instead of by reflection: nothing is lost by trimming, and a key that means nothing is an error instead of
/// an option that silently stays at its default.
/// </summary>
internal static class HostOptionsReader
{
    /// <summary>Read by the package that has them.</summary>
    private static readonly HashSet<string> s_elsewhere = new(StringComparer.OrdinalIgnoreCase) { "Dashboard" };

    private static readonly Dictionary<string, Func<P2PHostOptions, string, bool>> s_values = new(StringComparer.OrdinalIgnoreCase)
    {
        ["DataDirectory"] = static (o, v) => Set(v, t => o.DataDirectory = t),
        ["Network"] = static (o, v) => Set(v, t => o.Network = t),
        ["Profile"] = static (o, v) => Profile(v, p => o.Profile = p),
        ["Listen"] = static (o, v) => Each(v, o.Listen),
        ["Interfaces"] = static (o, v) => Each(v, o.Interfaces),
        ["Peers"] = static (o, v) => Each(v, o.Peers),
        ["Mdns"] = static (o, v) => Flag(v, b => o.Mdns = b),
        ["MdnsPort"] = static (o, v) => Number(v, n => o.MdnsPort = (int)n, int.MaxValue),
        ["Privacy:WithholdTime"] = static (o, v) => Flag(v, b => o.WithholdTime = b),
        ["Connections:TotalMax"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { TotalMax = (int)n }, int.MaxValue),
        ["Connections:InboundMax"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { InboundMax = (int)n }, int.MaxValue),
        ["Connections:OutboundMax"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { OutboundMax = (int)n }, int.MaxValue),
        ["Connections:ReservedForProtected"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { ReservedForProtected = (int)n }, int.MaxValue),
        ["Connections:PerPeerMax"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { PerPeerMax = (int)n }, int.MaxValue),
        ["Connections:PendingMax"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { PendingMax = (int)n }, int.MaxValue),
        ["Connections:PendingPerAddressMax"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { PendingPerAddressMax = (int)n }, int.MaxValue),
        ["Connections:PerAddressMax"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { PerAddressMax = (int)n }, int.MaxValue),
        ["Connections:PerIPv4Subnet24Max"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { PerIPv4Subnet24Max = (int)n }, int.MaxValue),
        ["Connections:PerIPv6Subnet56Max"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { PerIPv6Subnet56Max = (int)n }, int.MaxValue),
        ["Connections:PerIPv6Subnet48Max"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { PerIPv6Subnet48Max = (int)n }, int.MaxValue),
        ["Connections:NewPerAddressBurst"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { NewPerAddressBurst = (int)n }, int.MaxValue),
        ["Connections:NewPerSecondMax"] = static (o, v) => Number(v, n => o.Connections = o.Connections with { NewPerSecondMax = (int)n }, int.MaxValue),
        ["Connections:LoopbackExempt"] = static (o, v) => Flag(v, b => o.Connections = o.Connections with { LoopbackExempt = b }),
        ["Text:IdleCut"] = static (o, v) => Duration(v, t => o.Text = o.Text with { IdleCut = t }),
        ["Text:AgeCut"] = static (o, v) => Duration(v, t => o.Text = o.Text with { AgeCut = t }),
        ["Text:CharactersCut"] = static (o, v) => Number(v, n => o.Text = o.Text with { CharactersCut = (int)n }, int.MaxValue),
        ["Text:CutOnMove"] = static (o, v) => Flag(v, b => o.Text = o.Text with { CutOnMove = b }),
        ["Text:UndoGrouping"] = static (o, v) => Duration(v, t => o.Text = o.Text with { UndoGrouping = t }),
        ["Text:UndoGroupsMax"] = static (o, v) => Number(v, n => o.Text = o.Text with { UndoGroupsMax = (int)n }, int.MaxValue),
        ["Text:InsertMax"] = static (o, v) => Number(v, n => o.Text = o.Text with { InsertMax = (int)n }, int.MaxValue),
        ["Text:InboxCapacity"] = static (o, v) => Number(v, n => o.Text = o.Text with { InboxCapacity = (int)n }, int.MaxValue),
        ["Text:RebaseDepth"] = static (o, v) => Number(v, n => o.Text = o.Text with { RebaseDepth = (int)n }, int.MaxValue),
        ["Presence:Life"] = static (o, v) => Duration(v, t => o.Presence = o.Presence with { Life = t }),
        ["Presence:Refresh"] = static (o, v) => Duration(v, t => o.Presence = o.Presence with { Refresh = t }),
        ["Presence:Pace"] = static (o, v) => Duration(v, t => o.Presence = o.Presence with { Pace = t }),
        ["Presence:Burst"] = static (o, v) => Number(v, n => o.Presence = o.Presence with { Burst = (int)n }, int.MaxValue),
        ["Presence:PeersMax"] = static (o, v) => Number(v, n => o.Presence = o.Presence with { PeersMax = (int)n }, int.MaxValue),
        ["Presence:PeersPerSourceMax"] = static (o, v) => Number(v, n => o.Presence = o.Presence with { PeersPerSourceMax = (int)n }, int.MaxValue),
        ["Presence:SourceRateMax"] = static (o, v) => Number(v, n => o.Presence = o.Presence with { SourceRateMax = (int)n }, int.MaxValue),
        ["Presence:SourcesMax"] = static (o, v) => Number(v, n => o.Presence = o.Presence with { SourcesMax = (int)n }, int.MaxValue),
        ["Presence:GoneMax"] = static (o, v) => Number(v, n => o.Presence = o.Presence with { GoneMax = (int)n }, int.MaxValue),
        ["Presence:InboxCapacity"] = static (o, v) => Number(v, n => o.Presence = o.Presence with { InboxCapacity = (int)n }, int.MaxValue),
        ["Presence:ViewPace"] = static (o, v) => Duration(v, t => o.Presence = o.Presence with { ViewPace = t }),
        ["Clocks:IsOn"] = static (o, v) => Flag(v, b => o.Clocks = o.Clocks with { IsOn = b }),
        ["Clocks:AuthorsMin"] = static (o, v) => Number(v, n => o.Clocks = o.Clocks with { AuthorsMin = (int)n }, int.MaxValue),
        ["Clocks:PeersMax"] = static (o, v) => Number(v, n => o.Clocks = o.Clocks with { PeersMax = (int)n }, int.MaxValue),
        ["Clocks:ChangesMax"] = static (o, v) => Number(v, n => o.Clocks = o.Clocks with { ChangesMax = (int)n }, int.MaxValue),
        ["Clocks:EpochAuthors"] = static (o, v) => Authors(v, k => o.Clocks = o.Clocks with { EpochAuthors = [.. o.Clocks.EpochAuthors, k] }),
        ["Clocks:Identity:GrantsMax"] = static (o, v) => Number(v, n => Identity(o, i => i with { GrantsMax = (int)n }), int.MaxValue),
        ["Clocks:Identity:InheritedMax"] = static (o, v) => Number(v, n => Identity(o, i => i with { InheritedMax = (int)n }), int.MaxValue),
        ["Clocks:Identity:WaitingMax"] = static (o, v) => Number(v, n => Identity(o, i => i with { WaitingMax = (int)n }), int.MaxValue),
        ["Storage:Durability"] = static (o, v) => Mode(v, d => o.Storage = o.Storage with { Durability = d }),
        ["Storage:InboxCapacity"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { InboxCapacity = (int)n }, int.MaxValue),
        ["Storage:GroupEventsMax"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { GroupEventsMax = (int)n }, int.MaxValue),
        ["Storage:CheckpointBytes"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { CheckpointBytes = (int)n }, int.MaxValue),
        ["Storage:Readers"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { Readers = (int)n }, int.MaxValue),
        ["Storage:QuotaBytes"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { QuotaBytes = n }, long.MaxValue),
        ["Storage:AuthorSharePercent"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { AuthorSharePercent = (int)n }, 100),
        ["Storage:EvictAtPercent"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { EvictAtPercent = (int)n }, 100),
        ["Storage:EvictAge"] = static (o, v) => Duration(v, t => o.Storage = o.Storage with { EvictAge = t }),
        ["Storage:EvictProofBytes"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { EvictProofBytes = n }, long.MaxValue),
        ["Storage:ArchiveCacheBytes"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { ArchiveCacheBytes = n }, long.MaxValue),
        ["Storage:RemoteReserveBytes"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { RemoteReserveBytes = n }, long.MaxValue),
        ["Storage:OwnReserveBytes"] = static (o, v) => Number(v, n => o.Storage = o.Storage with { OwnReserveBytes = n }, long.MaxValue),
    };

    /// <summary>Every key that is understood.</summary>
    public static IEnumerable<string> Known => s_values.Keys;

    /// <summary>Applies a section to the options.</summary>
    /// <exception cref="OptionsValidationException">A key that means nothing or a value that cannot be read; all of them are named.</exception>
    public static void Read(IConfigurationSection section, P2PHostOptions target)
    {
        List<string> wrong = [];
        foreach (IConfigurationSection child in section.GetChildren().Where(static c => !s_elsewhere.Contains(c.Key)))
        {
            Read(child, child.Key, target, wrong);
        }

        if (wrong.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(P2PHostOptions), wrong);
        }
    }

    private static void Read(IConfigurationSection node, string path, P2PHostOptions target, List<string> wrong)
    {
        if (node.Value is string value)
        {
            if (!s_values.TryGetValue(path, out Func<P2PHostOptions, string, bool>? apply))
            {
                wrong.Add($"{P2PHostOptions.Section}:{path} is no option.");
            }
            else if (!apply(target, value))
            {
                wrong.Add($"{P2PHostOptions.Section}:{path}: '{value}' cannot be read.");
            }
        }

        foreach (IConfigurationSection child in node.GetChildren())
        {
            bool isItem = int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _); // of an array
            Read(child, isItem ? path : $"{path}:{child.Key}", target, wrong);
        }
    }

    private static bool Set(string value, Action<string> set)
    {
        set(value);
        return true;
    }

    // One key of an array, or everything in one value, as in an environment variable.
    private static bool Each(string value, IList<string> into)
    {
        foreach (string item in value.Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            into.Add(item);
        }

        return true;
    }

    // Authors by their peer ids, which hold the key.
    private static bool Authors(string value, Action<ReadOnlyMemory<byte>> add)
    {
        bool isRead = true;
        foreach (string item in value.Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (PeerId.TryParse(item, out PeerId peer) && peer.TryGetPublicKey(out PublicKey? key) && key is not null)
            {
                add(key.Protobuf);
            }
            else
            {
                isRead = false;
            }
        }

        return isRead;
    }

    private static void Identity(P2PHostOptions options, Func<IdentityOptions, IdentityOptions> change) =>
        options.Clocks = options.Clocks with { Identity = change(options.Clocks.Identity) };

    private static bool Profile(string value, Action<NodeProfile> set)
    {
        NodeProfile profile = value.ToUpperInvariant() switch
        {
            "LAN" => NodeProfile.Lan,
            "SWARM" => NodeProfile.Swarm,
            "ISOLATED" => NodeProfile.Isolated,
            _ => NodeProfile.None,
        };
        set(profile);
        return profile != NodeProfile.None;
    }

    private static bool Mode(string value, Action<Durability> set)
    {
        bool isFull = value.Equals(nameof(Storage.Durability.Full), StringComparison.OrdinalIgnoreCase);
        bool isRead = isFull || value.Equals(nameof(Storage.Durability.Relaxed), StringComparison.OrdinalIgnoreCase);
        if (isRead)
        {
            set(isFull ? Storage.Durability.Full : Storage.Durability.Relaxed);
        }

        return isRead;
    }

    private static bool Flag(string value, Action<bool> set)
    {
        bool isRead = bool.TryParse(value, out bool flag);
        if (isRead)
        {
            set(flag);
        }

        return isRead;
    }

    private static bool Number(string value, Action<long> set, long max)
    {
        bool isRead = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= max;
        if (isRead)
        {
            set(number);
        }

        return isRead;
    }

    private static bool Duration(string value, Action<TimeSpan> set)
    {
        bool isRead = Durations.TryParse(value, out TimeSpan duration);
        if (isRead)
        {
            set(duration);
        }

        return isRead;
    }
}
