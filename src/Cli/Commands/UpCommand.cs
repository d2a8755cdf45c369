using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Crdt.Events;
using P2P.Dashboard;
using P2P.Node;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary><c>p2p up</c>: a node until Ctrl-C, which serves the commands of this user meanwhile.</summary>
internal static class UpCommand
{
    private const int DocumentsMax = 256;

    public static Command Create(GlobalOptions options)
    {
        Option<string[]> documents = new("--doc") { Description = "Document to follow and serve besides those in the data folder that were not left; may be repeated.", HelpName = "NAME" };
        options.Log.Recursive = false;
        Command command = new("up", "Start a node and keep it running; other commands talk to it.") { documents, options.Log };
        UpDashboard dashboard = new();
        dashboard.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync((options, dashboard), parsed, parsed.GetValue(documents) ?? [], cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        (GlobalOptions Global, UpDashboard Dashboard) options, ParseResult parsed, string[] wanted, CancellationToken cancellationToken)
    {
        await using Session session = await new FolderTurn(options.Global, parsed).TakeAsync(cancellationToken);
        P2PNode node = session.Node;
        string[] documents = await OpenAsync(session, wanted, cancellationToken);
        await using DashboardHost? dashboard = await options.Dashboard.StartAsync(session.Host, parsed, cancellationToken);
        session.Host.DashboardLink = dashboard?.Link;
        UpDisplay display = new(session);
        Announce(session, documents);
        try
        {
            TimeSpan limit = session.Timeout ?? Timeout.InfiniteTimeSpan;
            await session.WithinAsync(limit, display.RunAsync, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            display.End("stopping: closing documents, saying good-bye to peers");
        }

        return ExitCode.Ok;
    }

    // What was asked for comes first: there may be more in the folder than are followed at once.
    private static async Task<string[]> OpenAsync(Session session, string[] wanted, CancellationToken cancellationToken)
    {
        Ticket[] all = [.. wanted.Select(w => DocumentNames.Find(session, w).Ticket).Concat(Stored(session)).DistinctBy(static t => t.Genesis.Cid)];
        List<string> names = [];
        foreach (Ticket ticket in all.Take(DocumentsMax))
        {
            names.Add((await session.OpenAsync(ticket, cancellationToken)).Name);
        }

        if (all.Length > DocumentsMax)
        {
            session.Output.Say($"! {all.Length} documents are in the folder, {DocumentsMax} are followed; the others are served, and p2p doc open NAME follows them too");
        }

        names.Sort(StringComparer.Ordinal);
        return [.. names];
    }

    // By their genesis, not by name: a document with a list of writers has another one than the name alone would give.
    private static IReadOnlyList<Ticket> Stored(Session session)
    {
        using StoreInspector? store = StoreInspector.Open(session.Host.Directory);
        return store is null ? [] : [.. store.ReadDocuments().Where(d => d.Genesis.Network == session.Node.Network && !d.IsLeft).Select(static d => new Ticket(d.Genesis, []))];
    }

    private static void Announce(Session session, IReadOnlyList<string> documents)
    {
        P2PNode node = session.Node;
        string[] addresses = [.. node.Addresses.Select(static a => a.ToString())];
        JsonObject ready = new()
        {
            ["peer"] = node.PeerId.ToString(),
            ["name"] = node.Name,
            ["network"] = node.Network,
            ["addresses"] = new JsonArray([.. addresses.Select(static a => JsonValue.Create(a))]),
            ["documents"] = new JsonArray([.. documents.Select(static d => JsonValue.Create(d))]),
            ["data"] = session.Host.Directory,
            ["pid"] = Environment.ProcessId,
            ["dashboard"] = session.Host.Dashboard,
        };
        session.Output.Fact("ready", ready, null);
        string own = $"/p2p/{node.PeerId}";
        session.Output.Say($"p2p {ProgramVersion.Text}   {node.Name}   {node.PeerId}");
        session.Output.Say($"  network    {node.Network} · anyone who reaches this node can join (--network NAME keeps documents apart)");
        session.Output.Say($"  listening  {string.Join("  ", addresses.Select(a => a.Replace(own, string.Empty, StringComparison.Ordinal)))}");
        session.Output.Say($"  data       {session.Host.Directory}{DashboardOf(session)}");
        if (session.Host.ControlProblem is string problem)
        {
            session.Output.Say($"! other commands cannot talk to this node: {problem}");
        }
    }

    // Whoever reads the token may look in: it goes to the user's terminal, not into the journal of a service or the log of a script.
    private static string DashboardOf(Session session) =>
        session.Host.DashboardLink is not Uri link ? string.Empty
        : session.Context.Terminal.HasFlag(TerminalUse.Errors) ? $"      dashboard  {link}"
        : $"      dashboard  {session.Host.Dashboard} (p2p dash prints the link)";
}
