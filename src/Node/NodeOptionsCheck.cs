using Microsoft.Extensions.Options;
using P2P.Core.Multiformats;
using P2P.Node.Hosting;

namespace P2P.Node;

/// <summary>Checks options before anything is started.</summary>
internal static class NodeOptionsCheck
{
    private const int NetworkCharactersMax = 64;
    private static readonly TimeSpan s_durationMax = TimeSpan.FromHours(1);

    /// <exception cref="P2PException">An option is out of range (<see cref="NodeError.InvalidOption"/>).</exception>
    public static void Check(P2POptions options)
    {
        if (options.Network.Length is 0 or > NetworkCharactersMax
            || !options.Network.All(static c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-'))
        {
            throw new P2PException(NodeError.InvalidOption, "Network: 1 to 64 characters of a-z, 0-9, '.' and '-'.");
        }

        if (options.Profile is not (NodeProfile.Lan or NodeProfile.Swarm or NodeProfile.Isolated))
        {
            throw new P2PException(NodeError.InvalidOption, "Profile: lan, swarm or isolated.");
        }

        if (options.Peers.FirstOrDefault(static p => p.PeerId.IsNone) is Multiaddr anonymous)
        {
            throw new P2PException(NodeError.InvalidOption, $"Peers: {anonymous} must end in /p2p/ and the peer id, so that its identity can be checked.");
        }

        if (options.MdnsPort is < 1 or > 65_535)
        {
            throw new P2PException(NodeError.InvalidOption, "MdnsPort: 1 to 65535.");
        }

        if (options.Text.IdleCut < TimeSpan.Zero || options.Text.AgeCut < TimeSpan.Zero || options.Text.AgeCut > s_durationMax)
        {
            throw new P2PException(NodeError.InvalidOption, "Text:IdleCut and Text:AgeCut: from 0 to one hour.");
        }

        if (options.Presence.Pace <= TimeSpan.Zero || options.Presence.Refresh < options.Presence.Pace || options.Presence.Life <= options.Presence.Refresh
            || options.Presence.ViewPace < TimeSpan.Zero || options.Presence.Life > s_durationMax || options.Presence.ViewPace > s_durationMax)
        {
            throw new P2PException(NodeError.InvalidOption, "Presence: Pace above 0, Refresh at least Pace, Life above Refresh, all up to one hour.");
        }

        Check("Presence", new PresenceOptionsCheck().Validate("Presence", options.Presence));
        CheckRange("Clocks:AuthorsMin", options.Clocks.AuthorsMin, 1, 256);
        CheckRange("Clocks:PeersMax", options.Clocks.PeersMax, 1, 4_096);
        CheckRange("Clocks:ChangesMax", options.Clocks.ChangesMax, 0, 4_096);
        Check("Clocks:Identity", new IdentityOptionsCheck().Validate("Clocks:Identity", options.Clocks.Identity));
        Check("Text", new TextOptionsCheck().Validate("Text", options.Text));
        Check("Storage", new StorageOptionsCheck().Validate("Storage", options.Storage));
        if (options.DataDirectory is { Length: 0 })
        {
            throw new P2PException(NodeError.InvalidOption, "DataDirectory: a path, or null for a node in memory.");
        }
    }

    private static void CheckRange(string name, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            throw new P2PException(NodeError.InvalidOption, $"{name}: {least} to {most}.");
        }
    }

    private static void Check(string group, ValidateOptionsResult result)
    {
        if (result.Failed)
        {
            throw new P2PException(NodeError.InvalidOption, $"{group}:{result.FailureMessage}");
        }
    }
}
