using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary><c>p2p clock …</c>: the Merkle-Clock of a document.</summary>
internal static class ClockCommands
{
    public static Command Create(GlobalOptions options)
    {
        Command clock = new("clock", "The Merkle-Clock of a document; Interval Tree Clocks without one.");
        Argument<string> name = new Argument<string>("NAME") { Description = "Name of the document inside the network." }.SuggestsDocuments(options);
        Option<bool> dot = new("--dot") { Description = "Graphviz instead of text." };
        Command show = new("show", "Heads and the DAG of events, newest first.") { name, dot };
        show.RunsOnNode(options, (session, parsed, cancellationToken) => ShowAsync(session, parsed.GetRequiredValue(name), parsed.GetValue(dot), cancellationToken));
        clock.Subcommands.Add(show);
        clock.Subcommands.Add(ItcCommand.Create(options));
        clock.Subcommands.Add(Picture(options, "dot", "The DAG as Graphviz text.", static (r, t) => r.ToDotAsync(t)));
        clock.Subcommands.Add(Picture(options, "mermaid", "The DAG as Mermaid text.", static (r, t) => r.ToMermaidAsync(t)));
        clock.Subcommands.Add(Picture(options, "svg", "The DAG as an SVG picture.", static (r, t) => r.ToSvgAsync(t)));
        clock.Subcommands.Add(Compare(options));
        return clock;
    }

    private static Command Picture(GlobalOptions options, string verb, string description, Func<Replica, CancellationToken, Task<string>> draw)
    {
        Argument<string> name = new Argument<string>("NAME") { Description = "Name of the document inside the network." }.SuggestsDocuments(options);
        Command command = new(verb, description) { name };
        command.RunsOnNode(options, (session, parsed, cancellationToken) => DrawAsync(session, parsed.GetRequiredValue(name), draw, cancellationToken));
        return command;
    }

    private static Command Compare(GlobalOptions options)
    {
        Argument<string> name = new Argument<string>("NAME") { Description = "Name of the document inside the network." }.SuggestsDocuments(options);
        Argument<string> left = new("A") { Description = "An event: its CID, or the end of it." };
        Argument<string> right = new("B") { Description = "Another event." };
        Command command = new("compare", "Which of two events came first, by their hash links: before, after, equal or concurrent.") { name, left, right };
        command.RunsOnNode(options, async (session, parsed, cancellationToken) =>
        {
            TextDocument document = await OpenAsync(session, parsed.GetRequiredValue(name), cancellationToken);
            IReadOnlyList<Event> events = await session.ReadEventsAsync(document, cancellationToken);
            if (EventNames.Find(session, events, parsed.GetRequiredValue(left)) is not Cid a
                || EventNames.Find(session, events, parsed.GetRequiredValue(right)) is not Cid b)
            {
                return ExitCode.NotFound;
            }

            string order = (await document.Replica.CompareAsync(a, b, cancellationToken)).ToString();
            session.Output.Fact("order", new JsonObject { ["a"] = a.ToString(), ["b"] = b.ToString(), ["order"] = order.ToLowerInvariant() }, order.ToLowerInvariant());
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> DrawAsync(
        Session session, string name, Func<Replica, CancellationToken, Task<string>> draw, CancellationToken cancellationToken)
    {
        TextDocument document = await OpenAsync(session, name, cancellationToken);
        string picture = await session.PatientlyAsync(() => draw(document.Replica, cancellationToken), "the picture to be drawn");
        session.Output.Raw(picture);
        session.Output.Fact("picture", new JsonObject { ["document"] = document.Id.ToString(), ["picture"] = picture }, null);
        return ExitCode.Ok;
    }

    private static async Task<TextDocument> OpenAsync(Session session, string name, CancellationToken cancellationToken)
    {
        return (await session.ReadDocumentAsync(name, session.Timeout, cancellationToken)).Document;
    }

    private static async Task<int> ShowAsync(Session session, string name, bool dot, CancellationToken cancellationToken)
    {
        TextDocument document = await OpenAsync(session, name, cancellationToken);
        if (dot)
        {
            session.Output.Raw(await document.Replica.ToDotAsync(cancellationToken));
            return ExitCode.Ok;
        }

        ReplicaStatus status = document.Status;
        IReadOnlyList<Event> events = await session.ReadEventsAsync(document, cancellationToken);
        foreach (Event item in session.Output.Json ? events : [])
        {
            session.Output.Fact("event", Describe(item), null);
        }

        JsonObject fields = new()
        {
            ["document"] = document.Id.ToString(),
            ["events"] = status.AppliedCount,
            ["height"] = status.Height,
            ["heads"] = Array(status.Heads),
            ["frontier"] = status.FrontierHash.ToString(),
            ["missing"] = status.MissingCount,
            ["sync"] = status.SyncState.ToString(),
            ["confirmedBy"] = status.ConfirmedBy,
            ["forked"] = status.AmIForked,
            ["forks"] = new JsonArray([.. status.Forks.Select(static f => Describe(f))]),
        };
        string text = $"{Printable.Line(document.Name)}  {document.Id}\n{NodeFacts.Count(status.AppliedCount, "event")}, height {status.Height}, {NodeFacts.Count(status.Heads.Count, "head")}, frontier {status.FrontierHash}\n"
            + SyncLine(status)
            + ClockPicture.Draw(events, status.Heads);
        session.Output.Fact("clock", fields, text.TrimEnd('\n'));
        return ExitCode.Ok;
    }

    private static string SyncLine(ReplicaStatus status)
    {
        string sync = status.SyncState switch
        {
            SyncState.Confirmed => $"in sync, confirmed by {status.ConfirmedBy}",
            SyncState.Syncing => $"syncing, {NodeFacts.Count(status.MissingCount, "link")} missing",
            SyncState.Stalled => $"stalled: nobody has {status.MissingCount} missing links",
            _ => "no peer has confirmed this state",
        };
        string mine = status.AmIForked ? "; this author key signed two events under one number: a restored backup or a copied folder" : string.Empty;
        string others = status.Forks.Count > 0 ? $"; {status.Forks.Count} forked authors" : string.Empty;
        return $"{sync}{mine}{others}\n";
    }

    private static JsonObject Describe(Event item) => new()
    {
        ["event"] = item.Cid.ToString(),
        ["author"] = new TextAuthor(item.Author).Id.ToString(),
        ["seq"] = item.Sequence,
        ["height"] = item.Height,
        ["eventType"] = item.Type,
        ["links"] = Array(ClockPicture.Links(item)),
    };

    private static JsonObject Describe(ForkInfo fork) => new()
    {
        ["author"] = new TextAuthor(fork.Author).Id.ToString(),
        ["seq"] = fork.ForkSequence,
        ["proof"] = Array([fork.First, fork.Second]),
    };

    private static JsonArray Array(IEnumerable<Cid> cids) => new([.. cids.Select(static c => JsonValue.Create(c.ToString()))]);
}
