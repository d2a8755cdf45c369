using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace P2P.Cli;

/// <summary>Help of the whole command: the ten verbs that most need first, the rest in groups, then what the exit codes mean.</summary>
internal sealed class GroupedHelp(HelpAction verbs) : SynchronousCommandLineAction
{
    private const int NameWidth = 12;

    private static readonly (string Title, string[] Verbs)[] s_groups =
    [
        ("Start here", ["up", "init", "status", "peers", "chat", "doc", "put", "get", "send", "doctor"]),
        ("Talk and share", ["pub", "sub", "receive"]),
        ("Documents and logs", ["log", "clock", "text"]),
        ("Content", ["dag", "car", "cid"]),
        ("Network", ["ping", "dht", "dash"]),
        ("Federation", ["replay", "snapshot", "provenance", "program", "per"]),
        ("Identity", ["keys"]),
        ("Operate", ["config", "store", "metrics", "bench", "completion", "version"]),
    ];

    private const string Codes = """
        Exit codes of every verb
          0 ok · 1 failed, or doctor found problems · 2 usage or configuration · 3 not found or incomplete · 4 timed out or no peers
          5 data folder in use · 6 verification failed or replay diverged · 7 refused: policy, limit, version · 130 Ctrl-C
        """;

    /// <summary>The verbs that stand in a group.</summary>
    public static IEnumerable<string> Placed => s_groups.SelectMany(static g => g.Verbs);

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Command root = parseResult.RootCommandResult.Command;
        return parseResult.CommandResult.Command == root ? Print(parseResult.InvocationConfiguration.Output, root) : verbs.Invoke(parseResult);
    }

    private static int Print(TextWriter writer, Command root)
    {
        Dictionary<string, Command> all = root.Subcommands.Where(static c => !c.Hidden).ToDictionary(static c => c.Name);
        writer.WriteLine(root.Description);
        writer.WriteLine();
        writer.WriteLine("Usage:");
        writer.WriteLine("  p2p [command] [options]      p2p COMMAND --help says more");
        foreach ((string title, string[] names) in s_groups)
        {
            Command[] present = [.. names.Where(all.ContainsKey).Select(n => all[n])];
            if (present.Length > 0)
            {
                writer.WriteLine();
                writer.WriteLine(title);
                Array.ForEach(present, c => writer.WriteLine($"  {c.Name,-NameWidth}{FirstSentence(c.Description)}"));
            }
        }

        writer.WriteLine();
        writer.WriteLine("Everywhere");
        foreach (Option option in root.Options.Where(static o => !o.Hidden))
        {
            string name = option.HelpName is { } value && option is not VersionOption ? $"{option.Name} {value}" : option.Name;
            string also = string.Concat(option.Aliases.Where(a => a != option.Name && a.StartsWith('-') && a.Length == 2).Select(static a => $"{a}, "));
            writer.WriteLine($"  {also + name,-26}{option.Description}");
        }

        writer.WriteLine();
        writer.WriteLine(Codes);
        return ExitCode.Ok;
    }

    private static string FirstSentence(string? text) => text is null ? string.Empty : text.Split(". ")[0].TrimEnd('.') + ".";
}
