using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using P2P.Crdt.Federation.Programs;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>T8 across processes: one exported file, replayed under collectors, cultures, shards and threads of all kinds, in processes of their own.</summary>
public sealed class DeterminismTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("p2p-cli-determinism-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Collectors_shards_and_threads_have_no_influence()
    {
        string file = await ExportAsync();
        HashSet<string> states = [];
        foreach ((string shards, string threads) in new[] { ("1", "1"), ("2", "8"), ("7", "2"), ("64", "8") })
        {
            foreach ((string server, string concurrent) in new[] { ("0", "1"), ("1", "0") })
            {
                Dictionary<string, string> environment = new() { ["DOTNET_gcServer"] = server, ["DOTNET_gcConcurrent"] = concurrent };
                JsonElement replayed = await ReplayAsync(file, null, environment, "--shards", shards, "--threads", threads);
                states.Add($"{replayed.GetProperty("final_state")} {replayed.GetProperty("order")} {replayed.GetProperty("n")}");
            }
        }

        Assert.Single(states);
    }

    // The product runs without ICU (InvariantGlobalization). Here it is switched on by another runtimeconfig.json, and the doctor says what was loaded.
    [IcuFact]
    public async Task Cultures_have_no_influence_with_the_real_tables_of_ICU()
    {
        string file = await ExportAsync();
        JsonNode config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "P2P.Cli.runtimeconfig.json")))!;
        config["runtimeOptions"]!["configProperties"]!["System.Globalization.Invariant"] = false;
        config["runtimeOptions"]!["configProperties"]!["System.Globalization.PredefinedCulturesOnly"] = false;
        string withIcu = Path.Combine(_home, "icu.runtimeconfig.json");
        await File.WriteAllTextAsync(withIcu, config.ToJsonString());
        HashSet<string> states = [];
        foreach (string? culture in new[] { null, "tr-TR", "th-TH", "ar-SA" })
        {
            Dictionary<string, string> environment = culture is null ? [] : new() { ["LC_ALL"] = culture.Replace('-', '_') + ".UTF-8" };
            string? runtime = culture is null ? null : withIcu;
            string loaded = await RuntimeLineAsync(runtime, environment);
            Assert.Contains(culture is null ? "invariant culture" : $"culture {culture}", loaded, StringComparison.Ordinal);
            JsonElement replayed = await ReplayAsync(file, runtime, environment, "--shards", "7");
            states.Add($"{replayed.GetProperty("final_state")} {replayed.GetProperty("order")} {replayed.GetProperty("n")}");
        }

        Assert.Single(states);
    }

    private async Task<string> ExportAsync()
    {
        ProgramBuilder builder = new();
        builder.Output("i", builder.Add("hash", builder.Add("concat", ProgramSource.OfSlot("i_1"), ProgramSource.OfSlot("i_2")))); // an i, for the Turks
        string program = Path.Combine(_home, "program.cbor");
        await File.WriteAllBytesAsync(program, builder.Build().Encode());
        string data = Path.Combine(_home, "data");
        for (int i = 1; i <= 2; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(_home, $"in{i}"), $"INPUT {i} ıİiI");
            await RunAsync(null, [], "program", "run", program, "--in", $"i_1=@{Path.Combine(_home, "in1")}", $"i_2=@{Path.Combine(_home, $"in{i}")}", "--doc", "builds", "--data", data);
        }

        await RunAsync(null, [], "snapshot", "create", "--doc", "builds", "--data", data);
        string file = Path.Combine(_home, "builds.car");
        await RunAsync(null, [], "car", "export", file, "--doc", "builds", "--data", data);
        return file;
    }

    private static async Task<JsonElement> ReplayAsync(string file, string? runtime, Dictionary<string, string> environment, params string[] more) =>
        JsonDocument.Parse(await RunAsync(runtime, environment, ["replay", "--car", file, "--verify", .. more])).RootElement;

    private async Task<string> RuntimeLineAsync(string? runtime, Dictionary<string, string> environment)
    {
        string[] lines = (await RunAsync(runtime, environment, "doctor", "--no-mdns", "--interface", "lo", "--timeout", "100ms", "--data", Path.Combine(_home, "data")))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return JsonDocument.Parse(lines.First(static l => l.Contains("\"runtime\"", StringComparison.Ordinal))).RootElement.GetProperty("message").GetString()!;
    }

    private static async Task<string> RunAsync(string? runtime, Dictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet");
        string[] how = runtime is null ? [] : ["exec", "--runtimeconfig", runtime, "--depsfile", Path.Combine(AppContext.BaseDirectory, "P2P.Cli.deps.json")];
        foreach (string argument in (string[])[.. how, Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll"), .. arguments, "--json"])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        await using Child process = Child.Start(start);
        return await process.SucceedAsync();
    }
}
