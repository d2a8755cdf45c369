using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Scripts;

namespace P2P.Cli.Commands;

/// <summary><c>p2p text …</c>: the text type without a network.</summary>
internal static class TextCommands
{
    public static Command Create(GlobalOptions options)
    {
        Command text = new("text", "Try the text type without a network.");
        Option<string> file = new("--script")
        {
            Description = "JSON: {\"replicas\": n, \"steps\": [[\"insert\", r, position, \"text\"], [\"delete\", r, position, count], [\"merge\", from, to], [\"text\", r]]}; - reads standard input.",
            HelpName = "FILE",
            Required = true,
        };
        Command run = new("run", "Run a script over replicas in this process and print texts and state hashes as JSON.") { file };
        run.SetAction((parsed, cancellationToken) => RunAsync(options, parsed, parsed.GetRequiredValue(file), cancellationToken));
        text.Subcommands.Add(run);
        return text;
    }

    private static async Task<int> RunAsync(GlobalOptions options, ParseResult parsed, string path, CancellationToken cancellationToken)
    {
        TextScript script = TextScript.Parse(await InputFile.ReadAsync(path, TextScript.BytesMax, cancellationToken));
        ScriptResult result = ScriptRunner.Run(script, cancellationToken);
        JsonObject fields = new()
        {
            ["log"] = Array(result.Log),
            ["texts"] = Array(result.Texts),
            ["states"] = Array(result.States),
        };
        options.OutputOf(parsed).Exact(fields);
        return ExitCode.Ok;
    }

    private static JsonArray Array(IEnumerable<string> items) => new([.. items.Select(static item => JsonValue.Create(item))]);
}
