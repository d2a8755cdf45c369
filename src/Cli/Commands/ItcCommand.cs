using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Crdt.IntervalTreeClocks;

namespace P2P.Cli.Commands;

/// <summary><c>p2p clock itc</c>: operations on Interval Tree Clocks, as in the published random runs.</summary>
internal static class ItcCommand
{
    private const long ScriptBytesMax = 64L << 20;

    public static Command Create(GlobalOptions options)
    {
        Option<string> file = new("--script")
        {
            Description = "JSON: {\"ops\": [[\"fork\", x], [\"event\", x], [\"join\", x, y], [\"sync\", x, y], [\"send\", x, y]]}; - reads standard input.",
            HelpName = "FILE",
            Required = true,
        };
        Command itc = new("itc", "Run a script of Interval Tree Clock operations and print stamps and their order as JSON.") { file };
        itc.SetAction((parsed, cancellationToken) => RunAsync(options, parsed, parsed.GetRequiredValue(file), cancellationToken));
        return itc;
    }

    private static async Task<int> RunAsync(GlobalOptions options, ParseResult parsed, string path, CancellationToken cancellationToken)
    {
        ClockScriptResult result = Run(await InputFile.ReadAsync(path, ScriptBytesMax, cancellationToken));
        JsonObject fields = new()
        {
            ["stamps"] = new JsonArray([.. result.Stamps.Select(static s => new JsonObject { ["text"] = s.ToString(), ["hex"] = Hex(s) })]),
            ["leq"] = new JsonArray([.. result.Leq.Select(static r => new JsonArray([.. r.Select(static c => JsonValue.Create(c))]))]),
        };
        options.OutputOf(parsed).Exact(fields);
        return ExitCode.Ok;
    }

    private static ClockScriptResult Run(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(JsonText.WithoutMark(utf8), new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (json.RootElement.ValueKind != JsonValueKind.Object || json.RootElement.EnumerateObject().Any(static m => m.Name is not ("ops" or "seed" or "final"))
                || !json.RootElement.TryGetProperty("ops", out JsonElement operations) || operations.ValueKind != JsonValueKind.Array)
            {
                throw new CliException(
                    CliError.ClockScriptInvalid, "The script is not an object {\"ops\": [[name, x], [name, x, y], …]}; besides, \"seed\" and \"final\" of a published run may stand there.");
            }

            ClockScriptStatus status = ClockScript.TryRun(operations, out ClockScriptResult? result, out int failedAt);
            return status == ClockScriptStatus.Ok && result is not null
                ? result
                : throw new CliException(
                    status == ClockScriptStatus.Overlap ? CliError.ClockOverlap : CliError.ClockScriptInvalid,
                    failedAt < 0 ? $"{status}." : $"Operation {failedAt}: {status}.");
        }
        catch (JsonException failed)
        {
            throw new CliException(CliError.ClockScriptInvalid, $"The script is not JSON ({JsonText.Where(failed)}).", failed);
        }
    }

    private static string Hex(Stamp stamp)
    {
        try
        {
            return Convert.ToHexStringLower(stamp.Encode());
        }
        catch (ClockException error)
        {
            throw new CliException(CliError.ClockScriptInvalid, $"A stamp has no binary form: {error.Error}.", error);
        }
    }
}
