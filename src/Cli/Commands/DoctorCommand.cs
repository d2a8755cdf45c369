using System.CommandLine;
using System.Globalization;
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

    public static Command Create(GlobalOptions options)
    {
        Command command = new("doctor", "Check program, store, network and sync; say what to do next.");
        command.SetAction((parsed, cancellationToken) => RunAsync(options, parsed, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions options, ParseResult parsed, CancellationToken cancellationToken)
    {
        Output output = new(parsed.GetValue(options.Json), SystemTime.Provider);
        int problems = 0;
        await foreach (CheckResult check in ChecksAsync(options, parsed, output))
        {
            cancellationToken.ThrowIfCancellationRequested();
            problems += check.Verdict == CheckVerdict.Problem ? 1 : 0;
            Report(output, check);
        }

        string summary = problems == 0 ? "no problem found" : string.Create(CultureInfo.InvariantCulture, $"{problems} {(problems == 1 ? "problem" : "problems")} found");
        output.Fact("doctor", new JsonObject { ["problems"] = problems }, summary);
        return problems == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async IAsyncEnumerable<CheckResult> ChecksAsync(GlobalOptions options, ParseResult parsed, Output output)
    {
        P2POptions node = options.ToNodeOptions(parsed);
        string directory = Path.GetFullPath(node.DataDirectory!);
        TimeSpan limit = parsed.GetValue(options.Timeout) ?? s_listen;
        yield return FolderChecks.Runtime();
        yield return FolderChecks.Clock(directory, SystemTime.Provider.GetUtcNow());
        yield return FolderChecks.Identity(directory);
        foreach (CheckResult check in await FolderChecks.StoreAsync(directory, CancellationToken.None))
        {
            yield return check;
        }

        int holder = StoreInspector.HolderOf(directory);
        yield return NetworkChecks.Interfaces(node.Interfaces);
        yield return node.Mdns ? await NetworkChecks.MdnsAsync(node.Interfaces, limit, CancellationToken.None) : CheckResult.Skipped("mDNS", "switched off by --no-mdns");
        yield return NetworkChecks.Ports(node.Listen, holder);
        foreach (CheckResult check in await SyncAsync(options, parsed, (directory, holder, limit), output))
        {
            yield return check;
        }
    }

    private static async Task<IReadOnlyList<CheckResult>> SyncAsync(
        GlobalOptions options, ParseResult parsed, (string Directory, int Holder, TimeSpan Limit) on, Output output)
    {
        if (on.Holder != 0)
        {
            return [CheckResult.Skipped("sync", string.Create(CultureInfo.InvariantCulture, $"the node of this folder is running (pid {on.Holder}) and knows; it cannot be asked from here yet"))];
        }

        if (!File.Exists(Path.Combine(on.Directory, "store.db")))
        {
            return [CheckResult.Skipped("sync", "no documents yet")];
        }

        try
        {
            output.Say($"  no node is running here: starting one for {on.Limit.TotalSeconds:0.#} s to compare with peers");
            await using Session session = await Session.StartAsync(options, parsed, CancellationToken.None);
            return await DocumentChecks.RunAsync(session, on.Directory, on.Limit, CancellationToken.None);
        }
        catch (P2PException error)
        {
            return [CheckResult.Problem("node", $"does not start: {error.Message}", $"docs/errors/{error.Code}.md")];
        }
    }

    private static void Report(Output output, CheckResult check)
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
    }
}
