using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Dashboard;
using P2P.Node;
using P2P.Node.Peers;

namespace P2P.Cli.Commands;

/// <summary><c>p2p up</c>: a node until Ctrl-C.</summary>
internal static class UpCommand
{
    public static Command Create(GlobalOptions options)
    {
        Option<string[]> documents = new("--doc") { Description = "Document to follow and serve; may be repeated.", HelpName = "NAME" };
        Command command = new("up", "Start a node and keep it running.") { documents };
        UpDashboard dashboard = new();
        dashboard.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync((options, dashboard), parsed, parsed.GetValue(documents) ?? [], cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        (GlobalOptions Global, UpDashboard Dashboard) options, ParseResult parsed, string[] documents, CancellationToken cancellationToken)
    {
        await using Session session = await Session.StartAsync(options.Global, parsed, cancellationToken);
        P2PNode node = session.Node;
        foreach (string name in documents)
        {
            await node.Documents.OpenAsync(name, cancellationToken);
        }

        await using DashboardHost? dashboard = await options.Dashboard.StartAsync(node, parsed, cancellationToken);
        Announce(session, (documents, dashboard?.Link));
        try
        {
            TimeSpan limit = session.Timeout ?? System.Threading.Timeout.InfiniteTimeSpan;
            await session.WithinAsync(limit, token => WatchAsync(session, token), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            session.Output.Say("stopping");
        }

        return ExitCode.Ok;
    }

    private static void Announce(Session session, (string[] Documents, Uri? Dashboard) started)
    {
        P2PNode node = session.Node;
        string[] addresses = [.. node.Addresses.Select(static a => a.ToString())];
        JsonObject ready = new()
        {
            ["peer"] = node.PeerId.ToString(),
            ["name"] = node.Name,
            ["network"] = node.Network,
            ["addresses"] = new JsonArray([.. addresses.Select(static a => JsonValue.Create(a))]),
            ["documents"] = new JsonArray([.. started.Documents.Select(static d => JsonValue.Create(d))]),
            ["dashboard"] = started.Dashboard?.ToString(),
        };
        session.Output.Fact("ready", ready, null);
        session.Output.Say($"p2p {typeof(UpCommand).Assembly.GetName().Version?.ToString(3)}   {node.Name}   {node.PeerId}");
        session.Output.Say($"  network    {node.Network} · anyone who reaches this node can join (--network NAME keeps documents apart)");
        session.Output.Say($"  listening  {string.Join("  ", addresses)}");
        session.Output.Say($"  data       {session.Host.Directory}");
        session.Output.Say($"  dashboard  {started.Dashboard?.ToString() ?? "none"}                    Ctrl-C to stop");
    }

    private static async Task WatchAsync(Session session, CancellationToken cancellationToken)
    {
        await foreach (NodePeerEvent change in session.Node.Peers.Events(cancellationToken))
        {
            string type = change.Connected ? "peer.connected" : "peer.disconnected";
            session.Output.Fact(type, Session.Describe(change.Peer), null);
            session.Output.Say($"  {(change.Connected ? '✓' : '✗')} {change.Peer.Name}  {change.Peer.Id}  {Session.Word(change.Peer.Found)}  {change.Peer.Address}");
        }
    }
}
