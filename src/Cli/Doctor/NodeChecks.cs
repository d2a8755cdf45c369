using System.Globalization;
using P2P.Node;
using P2P.Transport.Connections;
using P2P.Transport.Limits;

namespace P2P.Cli.Doctor;

/// <summary>What only a running node knows.</summary>
internal static class NodeChecks
{
    /// <summary>What turns nobody away for long: a second connection of one peer goes, and who comes too fast comes again.</summary>
    private static readonly HashSet<string> s_harmless = [$"Connections:{nameof(ConnectionLimits.PerPeerMax)}", $"Connections:{nameof(ConnectionLimits.NewPerAddressBurst)}"];

    public static CheckResult Listening(P2PNode node) => node.Addresses.Count > 0
        ? CheckResult.Ok("TCP", $"open: {string.Join(", ", node.Addresses.Select(a => a.ToString().Replace($"/p2p/{node.PeerId}", string.Empty, StringComparison.Ordinal)))}")
        : CheckResult.Problem("TCP", "the node listens nowhere: others cannot dial it", "Choose an address with --listen, and look at interfaces above.");

    public static CheckResult Peers(P2PNode node)
    {
        int count = node.Peers.Connected.Count;
        return count > 0 ? CheckResult.Ok("peers", $"{count} connected: {string.Join(", ", node.Peers.Connected.Take(8).Select(static p => p.Name))}")
            : CheckResult.Problem("peers", "none connected", $"Start `p2p up` on another machine, or connect by hand: p2p peers add ADDRESS. This node: {(node.Addresses.Count > 0 ? node.Addresses[0] : "no address")}");
    }

    /// <summary>Whether a limit of this node turned somebody away.</summary>
    public static CheckResult Limits(P2PNode node)
    {
        NetworkStatistics counts = node.Inspection.Statistics;
        long streams = counts.Refusals.GetValueOrDefault(ConnectionRefusal.StreamsPerPeer);
        string[] reached =
        [
            .. node.Limits.Explain().Where(static l => l.Refused > 0 && IsOfConnections(l.Option)).Select(static l => Text($"{l.Option} = {l.Limit} ({l.What}) {l.Refused} times")),
            .. streams > 0 ? (string[])[Text($"streams of one protocol from one peer {streams} times")] : [],
        ];
        string used = Text($"{counts.Inbound} connections in, {counts.Outbound} out, {counts.KnownPeers} peers known");
        return reached.Length == 0 ? CheckResult.Ok("limits", $"none reached ({used})")
            : CheckResult.Problem("limits", $"turned away since the start: {string.Join(", ", reached)} ({used})", "Many peers at once, or one that asks too often. p2p peers lists who is connected, p2p status --limits each limit with its option.");
    }

    private static bool IsOfConnections(string option) =>
        (option.StartsWith("Connections:", StringComparison.Ordinal) && !s_harmless.Contains(option)) || option == $"{nameof(DialOptions)}.{nameof(DialOptions.QueueMax)}";

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
