using System.CommandLine;
using System.Text.Json.Nodes;
using P2P.Cli.Benchmarks;
using P2P.Cli.Traces;
using P2P.Core.Runtime;
using P2P.Crdt.Sync;

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
        Option<int> rounds = NumberOption.Create("--rounds", $"Measured rounds of each figure, at least {RoundsMin}; the middle one is printed.", RoundsMin, (RoundsMin, 1_000));
        Command text = new("text", "Replay editing traces and print one JSON line a trace; times are CPU milliseconds.") { traces, rounds };
        text.SetAction((parsed, cancellationToken) =>
            TextAsync(options, parsed, parsed.GetRequiredValue(traces), parsed.GetValue(rounds), cancellationToken));
        bench.Subcommands.Add(text);
        bench.Subcommands.Add(Replay(options));
        bench.Subcommands.Add(Catchup(options));
        bench.Subcommands.Add(BenchStartCommand.Create(options));
        bench.Subcommands.Add(BenchFilesCommand.Create(options));
        return bench;
    }

    private static Command Catchup(GlobalOptions options)
    {
        Option<int> events = NumberOption.Create("--events", "Events in the document.", 20_000, (2, 10_000_000));
        Option<int> missing = NumberOption.Create("--missing", "Events the joining replica lacks, the last ones; default half, or --events for all.", 0, (0, 10_000_000));
        Option<int> replicas = NumberOption.Create("--replicas", "Replicas that wrote them.", 3, (1, 256));
        Option<int> delay = NumberOption.Create("--delay", "Delay of the stream, one way, in milliseconds.", 0, (0, 10_000));
        Option<bool> disk = new("--disk") { Description = "The joining replica stores in SQLite, synced, instead of in memory." };
        Option<bool> nodes = new("--nodes") { Description = "Two nodes with stores on disk, over TCP on loopback; one author, all events missing." };
        Option<int> dormant = NumberOption.Create("--dormant", "Instead: so many shared documents that nobody has open, compared by digest in one session.", 0, (0, 1_000_000));
        Option<int> differing = NumberOption.Create("--differing", "How many of them have one event more at the far side.", 0, (0, SyncProtocol.DocumentsMax));
        Command command = new("catchup", "A replica catches up with another by the sync protocol; prints one JSON line.")
        {
            events, missing, replicas, delay, disk, nodes, dormant, differing,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(dormant) is int documents and > 0)
            {
                return await DormantAsync(options, parsed, (documents, parsed.GetValue(differing), parsed.GetValue(delay)), cancellationToken);
            }

            int count = parsed.GetValue(events);
            int lacks = parsed.GetValue(missing) is int given and > 0 ? Math.Min(given, count) : count / 2;
            TimeSpan oneWay = TimeSpan.FromMilliseconds(parsed.GetValue(delay));
            CatchupFigures figures = parsed.GetValue(nodes)
                ? await NodeCatchupBench.RunAsync(count, cancellationToken)
                : await CatchupBench.RunAsync(new CatchupPlan(count, parsed.GetValue(replicas), lacks, oneWay, parsed.GetValue(disk)), cancellationToken);
            options.OutputOf(parsed).Result("bench.catchup", Describe(figures));
            return figures.IsEqual ? ExitCode.Ok : ExitCode.VerificationFailed;
        });
        return command;
    }

    private static async Task<int> DormantAsync(
        GlobalOptions options, ParseResult parsed, (int Documents, int Differing, int DelayMs) plan, CancellationToken cancellationToken)
    {
        (SyncReport session, double wall, double cpu, bool isEqual) = await DormantBench.RunAsync(
            plan.Documents, Math.Min(plan.Differing, plan.Documents), TimeSpan.FromMilliseconds(plan.DelayMs), cancellationToken);
        new Output(parsed.GetValue(options.Json), SystemTime.Provider).Result("bench.dormant", new JsonObject
        {
            ["documents"] = plan.Documents,
            ["documents_equal"] = session.DocumentsEqual,
            ["documents_synced"] = session.Documents,
            ["wall_ms"] = Round(wall),
            ["cpu_ms"] = Round(cpu),
            ["round_trips"] = session.RoundTrips,
            ["bytes"] = session.BytesSent + session.BytesReceived,
            ["events"] = session.EventsAccepted,
            ["equal"] = isEqual,
        });
        return isEqual ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private static JsonObject Describe(CatchupFigures figures)
    {
        JsonObject json = new()
        {
            ["events"] = figures.Events,
            ["missing"] = figures.Missing,
            ["wall_ms"] = Round(figures.WallMs),
            ["cpu_ms"] = Round(figures.CpuMs),
            ["first_event_ms"] = Round(figures.FirstEventMs),
            ["equal"] = figures.IsEqual,
        };
        if (figures.Session is SyncReport session)
        {
            json["round_trips"] = session.RoundTrips;
            json["bytes"] = session.BytesSent + session.BytesReceived;
            json["payload_bytes"] = session.PayloadBytes;
            json["verifications"] = figures.Verifications;
        }

        if (figures.Split is CatchupSplit split)
        {
            foreach ((string name, WorkShare share) in new[] { ("read", split.Read), ("verify", split.Verify), ("store", split.Store), ("apply", split.Apply) })
            {
                json[name + "_ms"] = Round(share.WallMs);
                json[name + "_cpu_ms"] = Round(share.CpuMs);
            }
        }

        if (figures is { StartedMs: double started, OpenedMs: double opened })
        {
            json["started_ms"] = Round(started);
            json["opened_ms"] = Round(opened);
        }

        if (figures.ColdFirstEventMs is double cold)
        {
            json["cold_first_event_ms"] = Round(cold);
        }

        return json;
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
        Option<int[]> sizes = NumberOption.CreateList("--records", "Sizes of the histories replayed.", [10_000, 100_000, 1_000_000], (1, 10_000_000));
        Option<int> stored = NumberOption.Create("--stored-max", "Up to so many records, also replay them out of a SQLite store that is written first.", 100_000, (0, 10_000_000));
        Command replay = new("replay", "Replay made-up federation records and print one JSON line a size; times are CPU milliseconds.") { sizes, stored };
        replay.SetAction(async parsed =>
        {
            Output output = new(parsed.GetValue(options.Json), SystemTime.Provider);
            int[] asked = parsed.GetRequiredValue(sizes);
            int warmUp = Math.Clamp(asked.Max(), 2_000, 50_000); // the compiler's share: after 2,000 records code still runs unoptimized
            await ReplayBench.RunAsync(warmUp, parsed.GetValue(stored) > 0 ? warmUp : 0);
            foreach (int records in asked)
            {
                ReplayFigures figures = await ReplayBench.RunAsync(records, parsed.GetValue(stored));
                double cold = await ReplayBench.ColdAsync(figures.Records);
                output.Result("bench.replay", new JsonObject
                {
                    ["records"] = figures.Records,
                    ["replay_ms"] = Round(figures.ReplayMs),
                    ["fold_ms"] = Round(figures.FoldMs),
                    ["replayed_per_s"] = Math.Round(figures.Records / Math.Max(figures.ReplayMs, 0.001) * 1_000),
                    ["folded_per_s"] = Math.Round(figures.Records / Math.Max(figures.FoldMs, 0.001) * 1_000),
                    ["replay_us_per_record"] = Round(figures.ReplayMs * 1_000 / figures.Records),
                    ["replay_cold_us_per_record"] = Round(cold * 1_000 / figures.Records),
                    ["replay_gc_us_per_record"] = Round(figures.CollectorMs * 1_000 / figures.Records),
                    ["fold_us_per_record"] = Round(figures.FoldMs * 1_000 / figures.Records),
                    ["yardstick_us_per_record"] = Round(figures.YardstickMs * 1_000 / figures.Records),
                    ["fold_per_yardstick"] = Round(figures.FoldMs / Math.Max(figures.YardstickMs, 0.001)),
                    ["replay_ms_per_100k"] = Round(figures.ReplayMs * 100_000 / figures.Records),
                    ["heap_bytes"] = figures.HeapBytes,
                    ["heap_bytes_per_record"] = figures.HeapBytes / figures.Records,
                    ["fold_allocated_bytes_per_record"] = figures.AllocatedBytes / figures.Records,
                    ["hashed_nodes_per_record"] = Round(figures.HashedNodes / (double)figures.Records),
                    ["warm_store_ms"] = figures.WarmStoreMs is double warm ? Round(warm) : null,
                    ["warm_store_read_ms"] = figures.WarmStoreReadMs is double read ? Round(read) : null,
                    ["provenance_index_ms"] = Round(figures.IndexMs),
                    ["provenance_ms"] = Round(figures.ProvenanceMs),
                    ["final_state"] = figures.FinalState,
                });
            }

            return ExitCode.Ok;
        });
        return replay;
    }

    private static double Round(double milliseconds) => Math.Round(milliseconds, 3);
}
