using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using P2P.Cli.Doctor;
using P2P.Core.Runtime;
using P2P.Node;
using P2P.Storage.Inspection;

namespace P2P.Cli.Commands;

/// <summary><c>p2p doctor</c>: one line per check, with the next step where something is wrong. Exit 1 when a problem was found.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan s_listen = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_twoSided = TimeSpan.FromSeconds(60);

    public static Command Create(GlobalOptions options)
    {
        Option<string?> to = new("--to") { Description = "A check with two machines: the address of the one that runs `p2p doctor --listen` (60 s, or --timeout).", HelpName = "HOST" };
        Command command = new("doctor", "Check program, store, network and sync; say what to do next. Exit 1 when a problem was found.") { to };
        command.AsksNode(
            options,
            (session, parsed, token) => RunAsync(options, parsed, (session, parsed.GetValue(to)), token),
            (parsed, token) => RunAsync(options, parsed, (null, parsed.GetValue(to)), token));
        return command;
    }

    private static Task<int> RunAsync(GlobalOptions options, ParseResult parsed, (Session? Session, string? To) on, CancellationToken cancellationToken)
    {
        bool listens = parsed.GetResult(options.Listen) is { Implicit: false, Tokens.Count: 0 }; // an address after it is what a node listens on
        return listens || on.To is not null
            ? TwoSidedAsync(options, parsed, listens ? null : on.To, cancellationToken)
            : CheckAsync(options, parsed, on.Session, cancellationToken);
    }

    private static async Task<int> TwoSidedAsync(GlobalOptions options, ParseResult parsed, string? to, CancellationToken cancellationToken)
    {
        Output output = options.OutputOf(parsed);
        using CancellationTokenSource deadline = new(parsed.GetValue(options.Timeout) ?? s_twoSided, SystemTime.Provider);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        IReadOnlyList<CheckResult> checks = to is null
            ? await TwoSided.ListenAsync(TwoSided.DefaultPort, output, either.Token)
            : await TwoSided.ReachAsync(to, TwoSided.DefaultPort, cancellationToken);
        return Summarize(output, checks.Count(c => Report(output, c)));
    }

    private static async Task<int> CheckAsync(GlobalOptions options, ParseResult parsed, Session? session, CancellationToken cancellationToken)
    {
        Output output = options.OutputOf(parsed);
        int problems = 0;
        await foreach (CheckResult check in ChecksAsync(options, parsed, (session, output), cancellationToken))
        {
            problems += Report(output, check) ? 1 : 0;
        }

        return Summarize(output, problems);
    }

    private static int Summarize(Output output, int problems)
    {
        string summary = problems == 0 ? "no problem found" : string.Create(CultureInfo.InvariantCulture, $"{problems} {(problems == 1 ? "problem" : "problems")} found");
        output.Fact("doctor", new JsonObject { ["problems"] = problems }, summary);
        return problems == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async IAsyncEnumerable<CheckResult> ChecksAsync(
        GlobalOptions options, ParseResult parsed, (Session? Session, Output Output) on, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (Session? session, Output output) = on;
        Patience patience = new(output, SystemTime.Provider);
        P2POptions node = session?.Node.Options ?? options.ToNodeOptions(parsed);
        string directory = options.DataDirectory(parsed);
        TimeSpan limit = parsed.GetValue(options.Timeout) ?? s_listen;
        yield return FolderChecks.Runtime();
        yield return FolderChecks.Clock(directory, SystemTime.Provider.GetUtcNow());
        if (FolderChecks.Folder(directory) is CheckResult folder)
        {
            yield return folder;
        }

        yield return FolderChecks.Identity(directory);
        foreach (CheckResult check in await patience.WhileAsync(() => FolderChecks.StoreAsync(directory, node.Storage, cancellationToken), "every block and row of the store to be checked"))
        {
            yield return check;
        }

        yield return FolderChecks.Privacy(directory);
        int holder = StoreInspector.HolderOf(directory);
        yield return NetworkChecks.Interfaces(node.Interfaces);
        yield return node.Mdns == true ? await patience.WhileAsync(() => NetworkChecks.MdnsAsync(node.Interfaces, limit, cancellationToken), "answers to the mDNS queries") : CheckResult.Skipped("mDNS", "switched off");
        yield return session is null ? NetworkChecks.Ports(node.Listen, holder) : NodeChecks.Listening(session.Node);
        foreach (CheckResult check in session is null
            ? await patience.WhileAsync(() => SyncAsync(options, parsed, (directory, holder, limit), cancellationToken), "peers to confirm the documents")
            : [NodeChecks.Peers(session.Node), NodeChecks.Limits(session.Node), .. await patience.WhileAsync(() => DocumentChecks.RunAsync(session, directory, limit, cancellationToken), "peers to confirm the documents")])
        {
            yield return check;
        }

        yield return CheckResult.Skipped("NAT", "not checked: nothing here leaves the local network");
    }

    private static async Task<IReadOnlyList<CheckResult>> SyncAsync(
        GlobalOptions options, ParseResult parsed, (string Directory, int Holder, TimeSpan Limit) on, CancellationToken cancellationToken)
    {
        if (on.Holder != 0)
        {
            return [CheckResult.Skipped("sync", $"{Session.Describe(on.Holder)} has the folder and serves no commands: it cannot be asked")];
        }

        if (LostStore.In(on.Directory) is not null)
        {
            return [CheckResult.Skipped("sync", "the store is lost: a node that starts now begins anew")];
        }

        if (!File.Exists(Path.Combine(on.Directory, "store.db")))
        {
            return [CheckResult.Skipped("sync", "no documents yet")];
        }

        try
        {
            await using Session session = await Session.StartAsync(options, parsed, cancellationToken);
            return [.. await DocumentChecks.RunAsync(session, on.Directory, on.Limit, cancellationToken), NodeChecks.Limits(session.Node)];
        }
        catch (P2PException error)
        {
            return [CheckResult.Problem("node", $"does not start: {error.Message}", $"docs/errors/{error.Code}.md")];
        }
    }

    /// <returns>Whether it is a problem.</returns>
    private static bool Report(Output output, CheckResult check)
    {
        string verdict = check.Verdict switch
        {
            CheckVerdict.Ok => "ok",
            CheckVerdict.Problem => "problem",
            _ => "skipped",
        };
        string mark = check.Verdict switch
        {
            CheckVerdict.Ok => "✓",
            CheckVerdict.Problem => "✗",
            _ => "-",
        };
        JsonObject fields = new() { ["name"] = check.Name, ["verdict"] = verdict, ["message"] = check.Text, ["next"] = check.Next };
        string line = $"{mark} {check.Name,-13} {check.Text}";
        output.Fact("check", fields, check.Next is null ? line : $"{line}\n                → {check.Next}");
        return check.Verdict == CheckVerdict.Problem;
    }
}
