using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Cli.Federation;
using P2P.Crdt.Replication;
using P2P.Node.Logs;

namespace P2P.Cli.Commands;

/// <summary><c>p2p log …</c>: signed entries that everybody keeps and nobody can change.</summary>
internal static class LogCommands
{
    private static readonly TimeSpan s_deliver = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(3);

    public static Command Create(GlobalOptions options)
    {
        Command log = new("log", "Append to, read and verify replicated logs.");
        log.Subcommands.Add(Append(options));
        log.Subcommands.Add(Tail(options));
        log.Subcommands.Add(Cat(options));
        log.Subcommands.Add(Verify(options));
        return log;
    }

    private static Argument<string> Name(GlobalOptions options) => new Argument<string>("NAME") { Description = "Name of the log inside the network, its id, or a ticket." }.SuggestsDocuments(options);

    private static Command Append(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Argument<string> text = new("TEXT") { Description = "The entry, or - for standard input: one entry a line." };
        Command command = new("append", "Append an entry: stored first, then delivered to whoever is reached (10 s, or --timeout).") { name, text };
        command.RunsOnNode(options, (session, parsed, cancellationToken) =>
            AppendAsync(session, parsed.GetRequiredValue(name), parsed.GetRequiredValue(text), cancellationToken));
        return command;
    }

    private static Command Tail(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Option<int> lines = NumberOption.Create("--lines", "How many of the last entries to print.", 10, (0, int.MaxValue), "-n");
        Option<bool> follow = new("--follow", "-f") { Description = "Then print new entries as they come, until Ctrl-C or --timeout." };
        Command command = new("tail", "Print the last entries in document order, after asking peers for news (3 s, or --timeout).") { name, lines, follow };
        command.RunsOnNode(options, (session, parsed, cancellationToken) =>
            TailAsync(session, parsed.GetRequiredValue(name), (parsed.GetValue(lines), parsed.GetValue(follow)), cancellationToken));
        return command;
    }

    private static Command Cat(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Command command = new("cat", "Print every entry in document order, after asking peers for news (3 s, or --timeout).") { name };
        command.RunsOnNode(options, (session, parsed, cancellationToken) =>
            TailAsync(session, parsed.GetRequiredValue(name), (int.MaxValue, false), cancellationToken));
        return command;
    }

    private static Command Verify(GlobalOptions options)
    {
        Argument<string> name = Name(options);
        Command command = new("verify", "Read everything back and check every hash and signature again. Exit 6 when something is wrong, 3 when something is missing.") { name };
        command.RunsOnNode(options, (session, parsed, cancellationToken) => VerifyAsync(session, parsed.GetRequiredValue(name), cancellationToken));
        return command;
    }

    private static async Task<int> AppendAsync(Session session, string name, string text, CancellationToken cancellationToken)
    {
        using TextInput? input = text == "-" ? session.OpenInput() : null;
        string? line = input is null ? text : await input.ReadLineAsync(cancellationToken);
        if (line is null)
        {
            session.Output.Say("standard input is empty: nothing was appended");
            return ExitCode.Ok;
        }

        IReplicatedLog<string> log = await session.Node.Logs.OpenAsync(DocumentNames.Find(session, name).Ticket, TextLogFormat.Instance, cancellationToken);
        await DocumentKinds.RequireLogAsync(session, log.Replica, cancellationToken);
        for (; line is not null; line = input is null ? null : await input.ReadLineAsync(cancellationToken))
        {
            string entry = line;
            Print(session.Output, await OwnEvents.WriteAsync(session, (log.Name, log.Replica), token => log.AppendAsync(entry, token), cancellationToken), "appended");
        }

        bool delivered = await session.WithinAsync(session.DeliveryLimit(log.Id, s_deliver), log.WaitForDeliveryAsync, cancellationToken, "a peer to take it (it is stored)");
        session.Output.Say(delivered ? "stored and delivered" : $"stored; {session.Undelivered}");
        return ExitCode.Ok;
    }

    private static async Task<int> TailAsync(
        Session session, string name, (int Lines, bool Follow) how, CancellationToken cancellationToken)
    {
        if (!how.Follow && !(await session.ReadDocumentAsync(name, session.Timeout ?? s_refresh, cancellationToken)).IsConfirmed)
        {
            session.Output.Say("no peer confirmed that these are the newest entries; printing the local copy");
        }

        IReplicatedLog<string> log = await session.Node.Logs.OpenAsync(DocumentNames.Find(session, name).Ticket, TextLogFormat.Instance, cancellationToken);

        IReadOnlyList<LogEntry<string>> entries = await session.PatientlyAsync(() => log.ReadAsync(cancellationToken), "the entries to be read");
        HashSet<Core.Multiformats.Cid> known = [.. entries.Select(static e => e.Event)];
        foreach (LogEntry<string> entry in entries.Skip(Math.Max(0, entries.Count - how.Lines)))
        {
            Print(session.Output, entry, "entry");
        }

        if (how.Follow)
        {
            await FollowAsync(session, log, known, cancellationToken);
            return ExitCode.Ok;
        }

        await DocumentNames.RequireWholeAsync(log.Replica, cancellationToken);
        return ExitCode.Ok;
    }

    private static async Task FollowAsync(
        Session session, IReplicatedLog<string> log, HashSet<Core.Multiformats.Cid> known, CancellationToken cancellationToken)
    {
        try
        {
            await session.FollowAsync(
                async token =>
                {
                    await foreach (LogChange<string> change in log.Changes(cancellationToken: token))
                    {
                        if (change.IsRetraction || !known.Remove(change.Event))
                        {
                            Print(session.Output, change.Entry, change.IsRetraction ? "retracted" : "entry");
                            await session.Context.FlushAsync(token);
                        }
                    }
                },
                cancellationToken);
        }
        catch (OperationCanceledException)
        {
            session.Output.Say("stopped");
        }
    }

    private static async Task<int> VerifyAsync(Session session, string name, CancellationToken cancellationToken)
    {
        _ = await session.ReadDocumentAsync(name, limit: null, cancellationToken);
        IReplicatedLog<string> log = await session.Node.Logs.OpenAsync(DocumentNames.Find(session, name).Ticket, TextLogFormat.Instance, cancellationToken);
        VerifyReport report = await new Patience(session.Output, Core.Runtime.SystemTime.Provider).WhileAsync(
            () => log.VerifyAsync(cancellationToken), "every hash and signature to be checked");
        JsonObject fields = new()
        {
            ["document"] = log.Id.ToString(),
            ["events"] = report.Events,
            ["signed"] = report.Signed,
            ["vouched"] = report.Vouched,
            ["bad"] = new JsonArray([.. report.Bad.Select(static c => JsonValue.Create(c.ToString()))]),
            ["missing"] = new JsonArray([.. report.Missing.Select(static c => JsonValue.Create(c.ToString()))]),
            ["forks"] = log.Status.Forks.Count,
            ["sound"] = report.IsSound,
        };
        session.Output.Fact(
            "verified",
            fields,
            $"{NodeFacts.Count(report.Events, "event")}: {report.Signed} signed, {report.Vouched} vouched for by their author's next event, {report.Bad.Count} bad, {NodeFacts.Count(report.Missing.Count, "link")} missing");
        if (report.Bad.Count == 0)
        {
            return report.IsSound ? ExitCode.Ok : throw Evidence.Incomplete(report.Missing);
        }

        session.Output.Error("verification-failed", $"Event {report.Bad[0]} is not what its author signed.", "p2p store verify examines the store.");
        return ExitCode.VerificationFailed;
    }

    private static void Print(Output output, LogEntry<string> entry, string type)
    {
        JsonObject fields = new()
        {
            ["event"] = entry.Event.ToString(),
            ["author"] = entry.Author.Id.ToString(),
            ["seq"] = entry.Sequence,
            ["height"] = entry.Height,
            ["claimedAt"] = entry.At?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["text"] = entry.Item,
            ["readable"] = entry.IsReadable,
        };
        string time = entry.At?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "–";
        string retracted = type == "retracted" ? "(retracted) " : string.Empty;
        output.Fact(type, fields, $"{time,-19} {entry.Author.Short,-16} {retracted}{(entry.IsReadable ? Printable.Line(entry.Item ?? string.Empty) : "(not text)")}");
    }
}
