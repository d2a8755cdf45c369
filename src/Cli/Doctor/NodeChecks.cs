using System.Globalization;
using P2P.Node;
using P2P.Transport.Connections;

namespace P2P.Cli.Doctor;

/// <summary>What only a running node knows.</summary>
internal static class NodeChecks
{
    private static readonly HashSet<ConnectionRefusal> s_limits =
    [
        ConnectionRefusal.Total, ConnectionRefusal.Inbound, ConnectionRefusal.Outbound, ConnectionRefusal.Pending, ConnectionRefusal.PendingPerAddress,
        ConnectionRefusal.PerAddress, ConnectionRefusal.PerSubnet, ConnectionRefusal.GlobalRate, ConnectionRefusal.StreamsPerPeer, ConnectionRefusal.DialQueue,
    ];

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
        string[] reached = [.. counts.Refusals.Where(static r => r.Value > 0 && s_limits.Contains(r.Key)).OrderBy(static r => r.Key).Select(static r => Text($"{r.Key} {r.Value}"))];
        string used = Text($"{counts.Inbound} connections in, {counts.Outbound} out, {counts.KnownPeers} peers known");
        return reached.Length == 0 ? CheckResult.Ok("limits", $"none reached ({used})")
            : CheckResult.Problem("limits", $"turned away since the start: {string.Join(", ", reached)} ({used})", "Many peers at once, or one that asks too often. p2p peers lists who is connected, p2p status --limits each limit with its option.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
