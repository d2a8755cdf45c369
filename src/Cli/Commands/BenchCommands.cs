using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Benchmarks;
using P2P.Cli.Traces;
using P2P.Core.Runtime;

namespace P2P.Cli.Commands;

/// <summary><c>p2p bench …</c>: measures this machine and this build.</summary>
internal static class BenchCommands
{
    private const int RoundsMin = 5;

    public static Command Create(GlobalOptions options)
    {
        Command bench = new("bench", "Measure this build on this machine.");
        Option<string[]> traces = new("--trace")
        {
            Description = "Editing traces, sequential or concurrent, gzipped or not.",
            HelpName = "FILE",
            Required = true,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        Option<int> rounds = new("--rounds")
        {
            Description = $"Measured rounds of each figure, at least {RoundsMin}; the middle one is printed.",
            HelpName = "N",
            DefaultValueFactory = static _ => RoundsMin,
        };
        rounds.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() is < RoundsMin or > 1_000)
            {
                result.AddError($"--rounds is a number from {RoundsMin} to 1000.");
            }
        });
        Command text = new("text", "Replay editing traces and print one JSON line a trace; times are CPU milliseconds.") { traces, rounds };
        text.SetAction((parsed, cancellationToken) =>
            TextAsync(options, parsed, parsed.GetRequiredValue(traces), parsed.GetValue(rounds), cancellationToken));
        bench.Subcommands.Add(text);
        bench.Subcommands.Add(Replay(options));
        return bench;
    }

    private static async Task<int> TextAsync(GlobalOptions options, ParseResult parsed, string[] paths, int rounds, CancellationToken cancellationToken)
    {
        Output output = new(parsed.GetValue(options.Json), SystemTime.Provider);
        foreach (string path in paths)
        {
            await TraceReader.ReadAsync(path, cancellationToken); // all are looked at before the first minute is spent
        }

        bool allOk = true;
        foreach (string path in paths)
        {
            EditingTrace trace = await TraceReader.ReadAsync(path, cancellationToken);
            TextFigures figures = await TextBench.RunAsync(trace, new CpuMedian(rounds, SystemTime.Provider), cancellationToken);
            output.Result("bench.text", Describe(trace, figures, rounds));
            allOk &= figures.TextOk;
        }

        return allOk ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private static JsonObject Describe(EditingTrace trace, TextFigures figures, int rounds) => new()
    {
        ["trace"] = trace.Name,
        ["patches"] = trace.PatchCount,
        ["local_ms"] = Round(figures.LocalMs),
        ["local_patches_per_s"] = Math.Round(trace.PatchCount / Math.Max(figures.LocalMs, 0.001) * 1_000),
        ["remote_events"] = figures.RemoteEvents,
        ["remote_ms"] = Round(figures.RemoteMs),
        ["remote_signed_ms"] = Round(figures.RemoteSignedMs),
        ["load_ms"] = Round(figures.LoadMs),
        ["encoded_bytes"] = figures.EncodedBytes,
        ["heap_bytes"] = figures.HeapBytes,
        ["text_ok"] = figures.TextOk,
        ["kind"] = trace.IsConcurrent ? "concurrent" : "sequential",
        ["agents"] = trace.Agents,
        ["transactions"] = trace.Transactions.Count,
        ["characters"] = trace.Patches.Sum(static p => (long)p.Inserted.Length),
        ["events"] = figures.Events,
        ["local_signed_ms"] = Round(figures.LocalSignedMs),
        ["sha256_16mib_ms"] = Round(figures.YardstickMs),
        ["rounds"] = rounds,
    };

    private static Command Replay(GlobalOptions options)
    {
        Option<int[]> sizes = new("--records")
        {
            Description = "Sizes of the histories replayed.",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [10_000, 100_000, 1_000_000],
        };
        Command replay = new("replay", "Replay made-up federation records and print one JSON line a size; times are CPU milliseconds.") { sizes };
        replay.SetAction(async parsed =>
        {
            Output output = new(parsed.GetValue(options.Json), SystemTime.Provider);
            await ReplayBench.RunAsync(2_000); // the just-in-time compiler's share
            foreach (int records in parsed.GetRequiredValue(sizes))
            {
                ReplayFigures figures = await ReplayBench.RunAsync(Math.Clamp(records, 1, 10_000_000));
                output.Result("bench.replay", new JsonObject
                {
                    ["records"] = figures.Records,
                    ["replay_ms"] = Round(figures.ReplayMs),
                    ["fold_ms"] = Round(figures.FoldMs),
                    ["replayed_per_s"] = Math.Round(figures.Records / Math.Max(figures.ReplayMs, 0.001) * 1_000),
                    ["folded_per_s"] = Math.Round(figures.Records / Math.Max(figures.FoldMs, 0.001) * 1_000),
                    ["heap_bytes"] = figures.HeapBytes,
                    ["heap_bytes_per_record"] = figures.HeapBytes / figures.Records,
                    ["final_state"] = figures.FinalState,
                });
            }

            return ExitCode.Ok;
        });
        return replay;
    }

    private static double Round(double milliseconds) => Math.Round(milliseconds, 3);
}
