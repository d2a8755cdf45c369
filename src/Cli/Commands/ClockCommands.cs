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
        Argument<string> name = new("NAME") { Description = "Name of the document inside the network." };
        Option<bool> dot = new("--dot") { Description = "Graphviz instead of text." };
        Command show = new("show", "Heads and the DAG of events, newest first.") { name, dot };
        show.SetAction((parsed, cancellationToken) => ShowAsync(options, parsed, parsed.GetRequiredValue(name), parsed.GetValue(dot), cancellationToken));
        clock.Subcommands.Add(show);
        clock.Subcommands.Add(ItcCommand.Create(options));
        return clock;
    }

    private static async Task<int> ShowAsync(GlobalOptions options, ParseResult parsed, string name, bool dot, CancellationToken cancellationToken)
    {
        await using Session session = await Session.StartAsync(options, parsed, cancellationToken);
        TextDocument document = await session.Node.Documents.OpenAsync(name, cancellationToken);
        if (session.Timeout is TimeSpan limit)
        {
            await session.WithinAsync(limit, document.WaitForSyncAsync, cancellationToken);
        }

        if (dot)
        {
            Console.Out.Write(await document.Replica.ToDotAsync(cancellationToken));
            return ExitCode.Ok;
        }

        ReplicaStatus status = document.Status;
        IReadOnlyList<Event> events = await ClockPicture.ReadAllAsync(document.Replica, cancellationToken);
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
        };
        string text = $"{document.Name}  {document.Id}\n{status.AppliedCount} events, height {status.Height}, {status.Heads.Count} heads, frontier {status.FrontierHash}\n"
            + ClockPicture.Draw(events, status.Heads);
        session.Output.Fact("clock", fields, text.TrimEnd('\n'));
        return ExitCode.Ok;
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

    private static JsonArray Array(IEnumerable<Cid> cids) => new([.. cids.Select(static c => JsonValue.Create(c.ToString()))]);
}
