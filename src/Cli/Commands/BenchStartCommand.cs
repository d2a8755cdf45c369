using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Cli.Benchmarks;

namespace P2P.Cli.Commands;

/// <summary><c>p2p bench start</c>: what a user waits for at the start.</summary>
internal static class BenchStartCommand
{
    public static Command Create(GlobalOptions options)
    {
        Option<int> rounds = NumberOption.Create("--rounds", "Measured rounds of each figure; the median is printed.", 20, (1, 1_000));
        Option<string?> js = new("--js") { Description = "A script that measures js-libp2p the same way, such as tests/Interop/js/start.mjs.", HelpName = "FILE" };
        Command command = new("start", "Node start, first message of a fresh node at another one, and p2p --help: medians of wall time on loopback.") { rounds, js };
        command.SetAction(async (parsed, token) =>
        {
            int count = parsed.GetValue(rounds);
            StartFigures figures = await StartBench.RunAsync(count, token);
            JsonObject fields = new()
            {
                ["rounds"] = count,
                ["node_start_ms"] = Round(figures.NodeStart),
                ["first_message_ms"] = Round(figures.FirstMessage),
                ["first_message_cold_ms"] = Round(figures.FirstMessageCold),
                ["help_ms"] = Round(figures.Help),
            };
            if (parsed.GetValue(js) is string script)
            {
                fields["js"] = Parse(await StartBench.RunJsAsync(options.Context.PathOf(script), count, token));
            }

            options.OutputOf(parsed).Result("bench.start", fields);
            return ExitCode.Ok;
        });
        return command;
    }

    private static double Round(double value) => Math.Round(value, 2);

    private static JsonNode? Parse(string line)
    {
        try
        {
            return JsonNode.Parse(line);
        }
        catch (JsonException error)
        {
            throw new CliException(CliError.FileUnreadable, "The script printed no JSON.", error);
        }
    }
}
