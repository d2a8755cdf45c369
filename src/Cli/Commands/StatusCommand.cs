using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Cli.Doctor;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Inspection;
using P2P.Node.Peers;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary><c>p2p status</c>: how the running node is doing; without one, what is in the data folder.</summary>
internal static class StatusCommand
{
    public static Command Create(GlobalOptions options)
    {
        Option<bool> limits = new("--limits") { Description = "Also every limit of the running node: its value, what is used, how often it refused, and its option." };
        Command command = new("status", "How the running node is doing: peers, documents, sync. Starts none.") { limits };
        command.AsksNode(
            options,
            (session, parsed, _) => Task.FromResult(Running(session, parsed.GetValue(limits))),
            (parsed, _) => Task.FromResult(Stopped(options, parsed, parsed.GetValue(limits))));
        return command;
    }

    private static int Running(Session session, bool withLimits)
    {
        P2PNode node = session.Node;
        IReadOnlyList<NodePeer> peers = node.Peers.Connected;
        IReadOnlyList<TextDocument> documents = node.Documents.Opened;
        JsonObject fields = new()
        {
            ["running"] = true,
            ["pid"] = Environment.ProcessId,
            ["verb"] = session.Host.Verb,
            ["since"] = Output.Instant(session.Host.StartedAt),
            ["peer"] = node.PeerId.ToString(),
            ["name"] = node.Name,
            ["network"] = node.Network,
            ["addresses"] = new JsonArray([.. node.Addresses.Select(static a => JsonValue.Create(a.ToString()))]),
            ["data"] = session.Host.Directory,
            ["dashboard"] = session.Host.Dashboard,
            ["peers"] = new JsonObject { ["connected"] = peers.Count },
            ["documents"] = new JsonArray([.. documents.Select(static d => (JsonNode)NodeFacts.Describe(d))]),
            ["events"] = documents.Sum(static d => d.Status.AppliedCount),
        };
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{node.Name}   {node.PeerId}   network {node.Network}   since {session.Host.StartedAt.ToLocalTime():yyyy-MM-dd HH:mm:ss} (p2p {session.Host.Verb}, pid {Environment.ProcessId})\n{NodeFacts.Line(node)}");
        session.Output.Fact("status", fields, string.Concat([text, .. documents.Select(Line)]));
        foreach (LimitState limit in withLimits ? node.Limits.Explain() : [])
        {
            Print(session.Output, limit);
        }

        return ExitCode.Ok;
    }

    private static void Print(Output output, LimitState limit)
    {
        JsonObject fields = new()
        {
            ["option"] = limit.Option,
            ["scope"] = limit.Scope.ToString().ToLowerInvariant(),
            ["limit"] = limit.Limit,
            ["current"] = limit.Current,
            ["refused"] = limit.Refused,
            ["settable"] = limit.IsSettable,
            ["what"] = limit.What,
        };
        string scope = limit.Scope is LimitScope.Node or LimitScope.Store ? "in all" : $"per {limit.Scope.ToString().ToLowerInvariant()}";
        string used = limit.Current is long current ? string.Create(CultureInfo.InvariantCulture, $" · {current} used") : string.Empty;
        string refused = limit.Refused is > 0 and long times ? string.Create(CultureInfo.InvariantCulture, $" · refused {times} times") : string.Empty;
        output.Fact("limit", fields, string.Create(CultureInfo.InvariantCulture, $"  {limit.Option,-42} {limit.Limit,14}  {scope,-14}  {limit.What}{used}{refused}"));
    }

    private static string Line(TextDocument document) => string.Create(
        CultureInfo.InvariantCulture,
        $"\n  {Printable.Line(document.Name),-20} {NodeFacts.Count(document.Status.AppliedCount, "event"),13}  {NodeFacts.Word(document.Status.SyncState),-9} {NodeFacts.Count(document.Followers.Count, "follower"),-12}  {document.Id}");

    private static int Stopped(GlobalOptions options, ParseResult parsed, bool withLimits)
    {
        string directory = options.DataDirectory(parsed);
        Output output = options.OutputOf(parsed);
        if (withLimits)
        {
            output.Say("limits are those of a running node, and none runs here");
        }

        string? lost = LostStore.In(directory);
        using StoreInspector? store = StoreInspector.Open(directory);
        StoreStatistics? counts = store?.Read();
        int holder = StoreInspector.HolderOf(directory);
        JsonObject fields = new()
        {
            ["running"] = false,
            ["data"] = directory,
            ["holderPid"] = holder == 0 ? null : holder,
            ["peers"] = new JsonObject { ["connected"] = 0 },
            ["documents"] = new JsonArray([.. (counts?.Documents ?? []).Select(static d => (JsonNode)new JsonObject { ["name"] = d.Name, ["document"] = d.Document.ToString(), ["events"] = d.Events })]),
            ["events"] = counts?.Documents.Sum(static d => d.Events) ?? 0,
            ["storeLost"] = lost is not null,
        };
        string running = holder == 0 ? "no node is running" : $"{Session.Describe(holder)} has the folder and serves no commands";
        output.Fact("status", fields, lost is not null ? $"{running}; {lost} (p2p doctor)"
            : counts is null ? $"{running}; nothing in {directory} yet (p2p up starts)"
            : $"{running}; {NodeFacts.Count(counts.Documents.Count, "document")}, {NodeFacts.Count(counts.Documents.Sum(static d => d.Events), "event")} in {directory}");
        return ExitCode.Ok;
    }
}
