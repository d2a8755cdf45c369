using System.Text.Json;
using P2P.Crdt.Federation.Programs;

namespace P2P.Cli.Tests;

/// <summary>The verbs of the federation work with a running node as without one.</summary>
public sealed class BesideNodeTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-beside-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Replay_snapshots_provenance_export_and_receipts_work_beside_a_running_node()
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

        JsonElement second = await FactAsync("snapshot", "create", "--doc", "notes", "--with-data"); // the node writes it
        Assert.Equal(second.GetProperty("snapshot").GetString(), (await FactAsync("replay", "--verify", "--doc", "notes")).GetProperty("verifiedSnapshot").GetString());
    }

    [Fact]
    public async Task Programs_run_and_files_are_imported_in_the_running_node()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        string program = Path.Combine(_data, "hash.cbor");
        await File.WriteAllBytesAsync(program, builder.Build().Encode());
        JsonElement run = await FactAsync("program", "run", program, "--in", $"a=@{program}", "--doc", "builds");
        Assert.Equal(0UL, run.GetProperty("status").GetUInt64());
        Assert.Equal(2, (await CommandLine.RunAsync("program", "run", program, "--doc", "wrong", "--data", _data)).Exit);
        Assert.Equal(["builds"], (await CommandLine.RunAsync("doc", "list", "--json", "--data", _data)).Output.Trim().Split('\n')
            .Select(static l => JsonDocument.Parse(l).RootElement.GetProperty("name").GetString())); // what is refused makes no document
        Assert.True((await FactAsync("per", "verify", "--all")).GetProperty("recomputed").GetBoolean());

        string file = Path.Combine(_data, "builds.car");
        await FactAsync("car", "export", file);
        string other = Directory.CreateDirectory(Path.Combine(_data, "other")).FullName;
        await using UpProcess there = await UpProcess.StartAsync(other);
        (int exit, string output, string errors) = await CommandLine.RunAsync("car", "import", file, "--json", "--data", other);
        Assert.True(exit == 0, errors);
        Assert.Equal(4, JsonDocument.Parse(output).RootElement.GetProperty("accepted").GetInt32()); // program, input, output, receipt
        (exit, output, errors) = await CommandLine.RunAsync("per", "verify", "--all", "--json", "--data", other);
        Assert.True(exit == 0, errors);
        Assert.Contains(run.GetProperty("key").GetString()!, output, StringComparison.Ordinal);
    }

    private async Task<JsonElement> FactAsync(params string[] arguments)
    {
        (int exit, string output, string errors) = await CommandLine.RunAsync([.. arguments, "--json", "--data", _data]);
        Assert.True(exit == 0, $"{string.Join(' ', arguments)}: {exit} {errors}");
        return JsonDocument.Parse(output.Trim().Split('\n')[^1]).RootElement;
    }
}
