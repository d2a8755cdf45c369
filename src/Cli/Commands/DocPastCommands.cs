using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Node.Documents;

namespace P2P.Cli.Commands;

/// <summary><c>p2p doc ticket|history|diff</c>: pass a document on, and see how it came to be.</summary>
internal static class DocPastCommands
{
    private const int ShownMax = 200; // characters of one text in a list on a terminal

    public static Command Ticket(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Command command = new("ticket", "Print a ticket: which document it is and where this node can be reached.") { name };
        command.RunsOnNode(options, async (session, parsed, cancellationToken) =>
        {
            (TextDocument document, _) = await session.ReadDocumentAsync(parsed.GetRequiredValue(name), limit: null, cancellationToken); // a slip of the pen makes none
            Multiaddr[] addresses = [.. session.Node.Addresses.Take(Crdt.Events.Ticket.AddressesMax)];
            string ticket = new Ticket(document.Replica.Options.Genesis, addresses).ToString();
            JsonObject fields = new()
            {
                ["ticket"] = ticket,
                ["document"] = document.Id.ToString(),
                ["addresses"] = new JsonArray([.. addresses.Select(static a => JsonValue.Create(a.ToString()))]),
            };
            session.Output.Fact("ticket", fields, ticket);
            return ExitCode.Ok;
        });
        return command;
    }

    public static Command History(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Command command = new("history", "Every change in document order: claimed time, author, event, what it did.") { name };
        command.RunsOnNode(options, async (session, parsed, cancellationToken) =>
        {
            (TextDocument document, _) = await session.ReadDocumentAsync(parsed.GetRequiredValue(name), session.Timeout, cancellationToken);
            Sequence text = new(document.Id);
            foreach (Event item in await session.ReadEventsAsync(document, cancellationToken))
            {
                Print(session.Output, item, item.Type == SeqRules.TypeName ? text.Apply(item) : []);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    public static Command Diff(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Argument<string> from = new("A") { Description = "An event: its CID, or the end of it. The text as of this event." };
        Argument<string?> to = new("B") { Description = "Another event; default: the text now.", Arity = ArgumentArity.ZeroOrOne };
        Command command = new("diff", "What changed from one version to another, element by element.") { name, from, to };
        command.RunsOnNode(options, (session, parsed, cancellationToken) =>
            DiffAsync(session, (parsed.GetRequiredValue(name), parsed.GetRequiredValue(from), parsed.GetValue(to)), cancellationToken));
        return command;
    }

    private static Argument<string> Name(GlobalOptions options) => new Argument<string>("NAME") { Description = "Name of the document inside the network, its id, or a ticket." }.SuggestsDocuments(options);

    private static async Task<int> DiffAsync(
        Session session, (string Name, string From, string? To) what, CancellationToken cancellationToken)
    {
        (TextDocument document, _) = await session.ReadDocumentAsync(what.Name, limit: null, cancellationToken);
        IReadOnlyList<Event> events = await session.ReadEventsAsync(document, cancellationToken);
        if (EventNames.Find(session, events, what.From) is not Cid from)
        {
            return ExitCode.NotFound;
        }

        Cid? to = null;
        if (what.To is not null && (to = EventNames.Find(session, events, what.To)) is null)
        {
            return ExitCode.NotFound;
        }

        Sequence text = new(document.Id);
        foreach (Event item in events.Where(static e => e.Type == SeqRules.TypeName))
        {
            text.Apply(item);
        }

        // A version is the text's own: an event of another type stands for the text events before it.
        SeqVersion first = await VersionAsync(document, [from], cancellationToken);
        SeqVersion second = to is Cid target ? await VersionAsync(document, [target], cancellationToken) : text.Version;
        SeqDiff diff = text.Diff(first, second);
        JsonArray splices = [.. diff.Splices.Select(static s => (JsonNode)Describe(s))];
        JsonObject fields = new()
        {
            ["from"] = new JsonArray([.. first.Heads.Select(static h => JsonValue.Create(h.ToString()))]),
            ["to"] = new JsonArray([.. second.Heads.Select(static h => JsonValue.Create(h.ToString()))]),
            ["splices"] = splices,
        };
        session.Output.Fact("diff", fields, diff.Splices.Count == 0 ? null : string.Join('\n', diff.Splices.Select(static s => Line(s))));
        if (diff.Splices.Count == 0)
        {
            session.Output.Say("the text is the same in both");
        }

        return ExitCode.Ok;
    }

    private static async Task<SeqVersion> VersionAsync(TextDocument document, IReadOnlyList<Cid> frontier, CancellationToken cancellationToken) =>
        new((await document.Replica.ViewAtAsync(frontier, cancellationToken)).Where(static e => e.Type == SeqRules.TypeName).Select(static e => e.Cid));

    private static void Print(Output output, Event item, IReadOnlyList<Splice> splices)
    {
        DateTimeOffset? at = ClaimedTime.Of(item);
        JsonObject fields = new()
        {
            ["event"] = item.Cid.ToString(),
            ["author"] = new TextAuthor(item.Author).Id.ToString(),
            ["seq"] = item.Sequence,
            ["height"] = item.Height,
            ["eventType"] = item.Type,
            ["claimedAt"] = at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["splices"] = new JsonArray([.. splices.Select(static s => (JsonNode)Describe(s))]),
        };
        string time = at?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "–";
        string what = splices.Count == 0 ? item.Type : string.Join(' ', splices.Select(s => Line(output.IsShown ? Cut(s) : s) + More(output, s)));
        output.Fact("history", fields, $"{time,-19} {new TextAuthor(item.Author).Short,-16} {item.Cid.ToString()[^8..]} {what}");
    }

    private static JsonObject Describe(Splice splice) =>
        new() { ["offset"] = splice.Offset, ["removed"] = splice.Removed, ["inserted"] = splice.Inserted };

    // A pasted book is one line of a history: whole in a file or with --json, its beginning on a terminal.
    private static Splice Cut(Splice splice)
    {
        int length = splice.Inserted.Length <= ShownMax ? splice.Inserted.Length : ShownMax - (char.IsHighSurrogate(splice.Inserted[ShownMax - 1]) ? 1 : 0);
        return splice with { Inserted = splice.Inserted[..length] };
    }

    private static string More(Output output, Splice splice)
    {
        int more = output.IsShown ? splice.Inserted.Length - Cut(splice).Inserted.Length : 0;
        return more == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" … {more:N0} more");
    }

    private static string Line(Splice splice) => (splice.Removed > 0 ? $"-{splice.Removed}@{splice.Offset}" : string.Empty)
        + (splice.Removed > 0 && splice.Inserted.Length > 0 ? " " : string.Empty)
        + (splice.Inserted.Length > 0 ? $"+{JsonValue.Create(splice.Inserted).ToJsonString()}@{splice.Offset}" : string.Empty);
}
