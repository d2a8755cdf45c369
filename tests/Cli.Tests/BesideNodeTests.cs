using System.Text.Json;

namespace P2P.Cli.Tests;

/// <summary>What only reads the store works with a running node as without one.</summary>
public sealed class BesideNodeTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-beside-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Replay_snapshots_provenance_export_and_receipts_are_read_beside_a_running_node()
    {
        string[] alone = ["--interface", "lo", "--no-mdns", "--timeout", "50ms"];
        await CommandLine.RunAsync(["doc", "append", "notes", "one", "--data", _data, .. alone]);
        await CommandLine.RunAsync(["doc", "append", "notes", "two", "--data", _data, .. alone]);
        string snapshot = (await FactAsync("snapshot", "create", "--doc", "notes")).GetProperty("snapshot").GetString()!;
        string state = (await FactAsync("replay", "--doc", "notes")).GetProperty("final_state").GetString()!;

        await using UpProcess up = await UpProcess.StartAsync(_data);

        Assert.Equal(state, (await FactAsync("replay", "--verify", "--doc", "notes")).GetProperty("final_state").GetString());
        Assert.Equal(snapshot, (await FactAsync("snapshot", "list", "--doc", "notes")).GetProperty("snapshot").GetString());
        Assert.Equal("snap", (await FactAsync("provenance", snapshot, "--doc", "notes")).GetProperty("eventType").GetString());
        string file = Path.Combine(_data, "notes.car");
        await FactAsync("car", "export", file, "--doc", "notes");
        Assert.Equal(state, (await FactAsync("replay", "--car", file)).GetProperty("final_state").GetString());
        Assert.Equal(0, (await CommandLine.RunAsync("per", "verify", "--all", "--doc", "notes", "--data", _data)).Exit);

        long before = (await FactAsync("replay", "--doc", "notes")).GetProperty("n").GetInt64();
        Assert.Equal(0, (await CommandLine.RunAsync("doc", "append", "notes", "three", "--data", _data, "--timeout", "50ms")).Exit);
        Assert.Equal(before + 1, (await FactAsync("replay", "--doc", "notes")).GetProperty("n").GetInt64()); // what the node has just written is seen
        Assert.Equal(5, (await CommandLine.RunAsync("snapshot", "create", "--doc", "notes", "--data", _data)).Exit); // this one writes
    }

    private async Task<JsonElement> FactAsync(params string[] arguments)
    {
        (int exit, string output, string errors) = await CommandLine.RunAsync([.. arguments, "--json", "--data", _data]);
        Assert.True(exit == 0, $"{string.Join(' ', arguments)}: {exit} {errors}");
        return JsonDocument.Parse(output.Trim().Split('\n')[^1]).RootElement;
    }
}
