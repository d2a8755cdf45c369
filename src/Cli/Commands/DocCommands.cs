using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Crdt.Replication;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary><c>p2p doc …</c>: read, write and follow documents.</summary>
internal static class DocCommands
{
    private static readonly TimeSpan s_deliver = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(3);

    public static Command Create(GlobalOptions options)
    {
        Command doc = new("doc", "Read, write and follow documents.");
        doc.Subcommands.Add(DocListCommand.List(options));
        doc.Subcommands.Add(DocListCommand.Open(options));
        doc.Subcommands.Add(Cat(options));
        doc.Subcommands.Add(DocEditCommand.Create(options));
        doc.Subcommands.Add(DocLeaveCommand.Leave(options));
        doc.Subcommands.Add(DocLeaveCommand.Delete(options));
        doc.Subcommands.Add(Append(options));
        doc.Subcommands.Add(Watch(options));
        doc.Subcommands.Add(DocPastCommands.Ticket(options));
        doc.Subcommands.Add(DocPastCommands.History(options));
        doc.Subcommands.Add(DocPastCommands.Diff(options));
        return doc;
    }

    private static Argument<string> Name(GlobalOptions options) => new Argument<string>("NAME") { Description = "Name of the document inside the network, its id, or a ticket." }.SuggestsDocuments(options);

    private static Command Cat(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Command command = new("cat", "Print a document: what is here, after asking peers for news (3 s, or --timeout).") { name };
        command.RunsOnNode(options, (session, parsed, cancellationToken) => CatAsync(session, parsed.GetRequiredValue(name), cancellationToken));
        return command;
    }

    private static Command Append(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Argument<string> text = new("TEXT") { Description = "The text, or - for standard input." };
        Command command = new("append", "Append a line: stored first, then delivered to whoever is reached (10 s, or --timeout).") { name, text };
        command.RunsOnNode(options, (session, parsed, cancellationToken) =>
            AppendAsync(session, parsed.GetRequiredValue(name), parsed.GetRequiredValue(text), cancellationToken));
        return command;
    }

    private static Command Watch(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Command command = new("watch", "Print changes as they come, until Ctrl-C, or until --timeout is over (exit 0).") { name };
        command.RunsOnNode(options, (session, parsed, cancellationToken) => WatchAsync(session, parsed.GetRequiredValue(name), cancellationToken));
        return command;
    }

    private static async Task<int> CatAsync(Session session, string name, CancellationToken cancellationToken)
    {
        (TextDocument document, bool fresh) = await session.ReadDocumentAsync(name, session.Timeout ?? s_refresh, cancellationToken);
        if (!fresh)
        {
            session.Output.Say("no peer confirmed that this is the newest version; printing the local copy");
        }

        TextSnapshot snapshot = document.Snapshot;
        session.Output.Raw(snapshot.Text);
        JsonObject fields = Describe(document);
        fields["text"] = snapshot.Text;
        fields["confirmed"] = fresh;
        session.Output.Fact("document", fields, null);
        await DocumentNames.RequireWholeAsync(document.Replica, cancellationToken);
        return ExitCode.Ok;
    }

    private static async Task<int> AppendAsync(Session session, string name, string text, CancellationToken cancellationToken)
    {
        using TextInput? input = text == "-" ? session.OpenInput() : null;
        string line = input is null ? text : await input.ReadToEndAsync(cancellationToken);
        if (input is not null && line.Length == 0)
        {
            session.Output.Say("standard input is empty: nothing was appended");
            return ExitCode.Ok;
        }

        line = line.EndsWith('\n') ? line : line + "\n";
        TextDocument document = await session.OpenDocumentAsync(name, cancellationToken);
        await DocumentKinds.RequireTextAsync(session, document.Replica, cancellationToken);
        await OwnEvents.WriteAsync(session, (document.Name, document.Replica), async token => { await document.AppendAsync(line, token); return line; }, cancellationToken);
        session.Output.Say($"stored in {Printable.Line(document.Name)} ({NodeFacts.Count(document.Status.AppliedCount, "event")} here)");
        bool delivered = await session.WithinAsync(session.DeliveryLimit(document.Id, s_deliver), document.WaitForDeliveryAsync, cancellationToken, "a peer to take it (it is stored)");
        JsonObject fields = Describe(document);
        fields["stored"] = true;
        fields["delivered"] = delivered;
        session.Output.Fact("appended", fields, delivered
            ? $"stored and delivered ({NodeFacts.Count(session.Node.Peers.Connected.Count, "peer")} connected)"
            : $"stored; {session.Undelivered}");
        return ExitCode.Ok;
    }

    private static async Task<int> WatchAsync(Session session, string name, CancellationToken cancellationToken)
    {
        TextDocument document = await session.OpenDocumentAsync(name, cancellationToken);
        session.Output.Say($"watching {Printable.Line(document.Name)} ({document.Id}) as {session.Node.Name}; Ctrl-C to stop");
        try
        {
            await session.FollowAsync(token => PrintChangesAsync(session, document, token), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            session.Output.Say("stopped");
        }

        return ExitCode.Ok;
    }

    private static async Task PrintChangesAsync(Session session, TextDocument document, CancellationToken cancellationToken)
    {
        await foreach (TextChange change in document.Changes(cancellationToken: cancellationToken))
        {
            JsonArray splices =
            [
                .. change.Splices.Select(static s => new JsonObject { ["offset"] = s.Offset, ["removed"] = s.Removed, ["inserted"] = s.Inserted }),
            ];
            JsonObject fields = new()
            {
                ["event"] = change.Event.ToString(),
                ["author"] = change.Author.Id.ToString(),
                ["claimedAt"] = change.At?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
                ["origin"] = change.Origin.ToString(),
                ["splices"] = splices,
            };
            string time = change.At?.ToLocalTime().ToString("HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture) ?? "–";
            string what = string.Concat(change.Splices.Select(static s => (s.Removed > 0 ? $"-{s.Removed}@{s.Offset} " : string.Empty)
                + (s.Inserted.Length > 0 ? $"+{JsonValue.Create(s.Inserted).ToJsonString()}@{s.Offset} " : string.Empty)));
            session.Output.Fact("change", fields, $"{time} {change.Author.Short,-16} {what}");
            await session.Context.FlushAsync(cancellationToken);
        }
    }

    private static JsonObject Describe(TextDocument document)
    {
        ReplicaStatus status = document.Status;
        return new JsonObject
        {
            ["name"] = document.Name,
            ["document"] = document.Id.ToString(),
            ["events"] = status.AppliedCount,
            ["heads"] = new JsonArray([.. status.Heads.Select(static h => JsonValue.Create(h.ToString()))]),
            ["frontier"] = status.FrontierHash.ToString(),
        };
    }
}
