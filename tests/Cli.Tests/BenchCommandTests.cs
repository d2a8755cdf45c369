using System.Text.Json;

namespace P2P.Cli.Tests;

/// <summary>The fields that <c>p2p bench</c> prints: names are stable, figures are not looked at.</summary>
public sealed class BenchCommandTests
{
    [Fact]
    public async Task Replay_prints_a_line_a_size()
    {
        JsonElement[] lines = await RunAsync("bench", "replay", "--records", "50", "100");
        Assert.Equal([50, 100], lines.Select(static l => l.GetProperty("records").GetInt32()));
        Assert.All(lines, static line => Require(
            line,
            "replay_ms", "fold_ms", "replayed_per_s", "folded_per_s", "replay_us_per_record", "fold_us_per_record", "yardstick_us_per_record", "fold_per_yardstick",
            "replay_ms_per_100k", "heap_bytes", "heap_bytes_per_record", "hashed_nodes_per_record", "provenance_index_ms", "provenance_ms", "final_state"));
    }

    [Fact]
    public async Task Catchup_prints_its_session_and_its_parts()
    {
        JsonElement memory = Assert.Single(await RunAsync("bench", "catchup", "--events", "60", "--replicas", "2", "--missing", "20"));
        Assert.Equal((60, 20, true), (memory.GetProperty("events").GetInt32(), memory.GetProperty("missing").GetInt32(), memory.GetProperty("equal").GetBoolean()));
        Require(memory, "wall_ms", "cpu_ms", "first_event_ms", "round_trips", "bytes", "payload_bytes", "verifications");
        JsonElement dormant = Assert.Single(await RunAsync("bench", "catchup", "--dormant", "10", "--differing", "3"));
        Assert.Equal((10, 3, true), (dormant.GetProperty("documents").GetInt32(), dormant.GetProperty("documents_synced").GetInt32(), dormant.GetProperty("equal").GetBoolean()));
        Require(dormant, "documents_equal", "wall_ms", "cpu_ms", "round_trips", "bytes", "events");
    }

    [Fact]
    public async Task Start_and_files_print_what_the_schema_says()
    {
        Require(Assert.Single(await RunAsync("bench", "start", "--rounds", "1")), "rounds", "node_start_ms", "first_message_ms", "first_message_cold_ms", "help_ms");
        Assert.Single(await RunAsync("bench", "files", "--mib", "1"));
    }

    private static void Require(JsonElement line, params string[] names) => Assert.All(names, name => Assert.True(line.TryGetProperty(name, out _), name));

    private static async Task<JsonElement[]> RunAsync(params string[] arguments)
    {
        (int exit, string output, string errors) = await CommandLine.RunAsync([.. arguments, "--json"]);
        Assert.True(exit == 0, errors);
        Assert.Empty(JsonLines.Problems(output));
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement)];
    }
}
