using Microsoft.Extensions.Options;
using P2P.Core.Multiformats;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Presence;
using P2P.Node.Documents;
using P2P.Node.Hosting;
using P2P.Storage;
using P2P.Transport.Connections;

namespace P2P.Node;

/// <summary>Checks options before anything is started. Every message begins with the option's name and says what it takes.</summary>
internal static class NodeOptionsCheck
{
    private const int NetworkCharactersMax = 64;
    private static readonly TimeSpan s_durationMax = TimeSpan.FromHours(1);

    /// <exception cref="P2PException">An option is out of range (<see cref="NodeError.InvalidOption"/>).</exception>
    public static void Check(P2POptions options)
    {
        NotNull(
            (nameof(options.Network), options.Network), (nameof(options.Listen), options.Listen), (nameof(options.Interfaces), options.Interfaces),
            (nameof(options.Peers), options.Peers), (nameof(options.Connections), options.Connections), (nameof(options.Text), options.Text), (nameof(options.Presence), options.Presence),
            (nameof(options.Clocks), options.Clocks), (nameof(options.Storage), options.Storage), (nameof(options.LoggerFactory), options.LoggerFactory),
            (nameof(options.Time), options.Time), (nameof(options.Spawner), options.Spawner), (nameof(options.Chance), options.Chance));
        Demand(
            options.Network.Length is > 0 and <= NetworkCharactersMax && options.Network.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-'),
            "Network: 1 to 64 characters of a-z, 0-9, '.' and '-'.");
        Demand(options.Profile is NodeProfile.Lan or NodeProfile.Swarm or NodeProfile.Isolated, "Profile: lan, swarm or isolated.");
        Demand(
            options.DataDirectory is null || (!string.IsNullOrWhiteSpace(options.DataDirectory) && !options.DataDirectory.Contains('\0', StringComparison.Ordinal)),
            "DataDirectory: a path, or null for a node in memory.");
        Demand(options.Profile != NodeProfile.Isolated || options.Mdns != true, "Mdns: off in profile isolated, which takes no notice of what it finds; profile lan does.");
        Demand(options.MdnsPort is >= 1 and <= 65_535, "MdnsPort: 1 to 65535.");
        Demand(options.Interfaces.All(static i => !string.IsNullOrWhiteSpace(i)), "Interfaces: names such as lo or eth0, none of them empty.");
        CheckAddresses(options);
        Passed("Connections", new ConnectionLimitsCheck().Validate("Connections", options.Connections));
        CheckText(options.Text);
        CheckPresence(options.Presence);
        CheckClocks(options.Clocks);
        Demand(options.Storage.Durability is Durability.Full or Durability.Relaxed, "Storage:Durability: Full or Relaxed.");
        Demand(options.Storage.EvictAge >= TimeSpan.Zero && options.Storage.EvictAge <= s_durationMax, "Storage:EvictAge: from 0 to one hour.");
        Passed("Storage", new StorageOptionsCheck().Validate("Storage", options.Storage));
    }

    /// <exception cref="P2PException">One of them is null (<see cref="NodeError.InvalidOption"/>): nullable annotations do not bind everybody.</exception>
    public static void NotNull(params ReadOnlySpan<(string Name, object? Value)> options)
    {
        foreach ((string name, object? value) in options)
        {
            Demand(value is not null, $"{name}: not null.");
        }
    }

    private static void CheckAddresses(P2POptions options)
    {
        NotNull([.. options.Listen.Select(static a => ("Listen", (object?)a)), .. options.Peers.Select(static p => ("Peers", (object?)p))]);
        foreach (Multiaddr own in options.Listen)
        {
            Demand(
                own.TryGetTcp(out _) || (options.Memory is not null && own.TryGetMemory(out _)),
                $"Listen: {own} is nothing to listen on; TCP addresses such as /ip4/0.0.0.0/tcp/4001 are, and /memory/N with the option Memory.");
        }

        IReadOnlyList<ITransport> transports = NodeAddresses.Transports(options);
        foreach (Multiaddr peer in options.Peers)
        {
            Demand(!peer.PeerId.IsNone, $"Peers: {peer} must end in /p2p/ and the peer id, so that its identity can be checked.");
            Demand(
                transports.Any(t => t.CanHandle(peer)),
                $"Peers: {peer} is of a kind that this node cannot dial; it dials /ip4, /ip6, /dns, /dns4 and /dns6 with /tcp, and /dnsaddr.");
        }
    }

    private static void CheckText(TextOptions text)
    {
        Demand(text.IdleCut >= TimeSpan.Zero && text.IdleCut <= s_durationMax, "Text:IdleCut: from 0 to one hour.");
        Demand(text.AgeCut >= TimeSpan.Zero && text.AgeCut <= s_durationMax, "Text:AgeCut: from 0 to one hour.");
        Demand(text.UndoGrouping >= TimeSpan.Zero && text.UndoGrouping <= s_durationMax, "Text:UndoGrouping: from 0 to one hour.");
        Passed("Text", new TextOptionsCheck().Validate("Text", text));
    }

    private static void CheckPresence(PresenceOptions presence)
    {
        Demand(
            presence.Pace > TimeSpan.Zero && presence.Refresh >= presence.Pace && presence.Life > presence.Refresh && presence.Life <= s_durationMax,
            "Presence: Pace above 0, Refresh at least Pace, Life above Refresh, all up to one hour.");
        Demand(presence.ViewPace >= TimeSpan.Zero && presence.ViewPace <= s_durationMax, "Presence:ViewPace: from 0 to one hour.");
        Passed("Presence", new PresenceOptionsCheck().Validate("Presence", presence));
    }

    private static void CheckClocks(ClockOptions clocks)
    {
        NotNull(("Clocks:EpochAuthors", clocks.EpochAuthors), ("Clocks:Identity", clocks.Identity));
        Between("Clocks:AuthorsMin", clocks.AuthorsMin, 1, 256);
        Between("Clocks:PeersMax", clocks.PeersMax, 1, 4_096);
        Between("Clocks:ChangesMax", clocks.ChangesMax, 0, 4_096);
        Passed("Clocks:Identity", new IdentityOptionsCheck().Validate("Clocks:Identity", clocks.Identity));
    }

    private static void Between(string name, int value, int least, int most) => Demand(value >= least && value <= most, $"{name}: {least} to {most}.");

    private static void Passed(string group, ValidateOptionsResult result) => Demand(!result.Failed, $"{group}:{result.FailureMessage}");

    private static void Demand(bool isSo, string message)
    {
        if (!isSo)
        {
            throw new P2PException(NodeError.InvalidOption, message);
        }
    }
}
