using System.Text.Json;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary><c>p2p clock itc</c>: what it prints is what the published runs end with.</summary>
public sealed class ClockScriptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-itc-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedFact]
    public async Task A_published_run_prints_exactly_its_published_end()
    {
        using JsonDocument vectors = JsonDocument.Parse(await File.ReadAllBytesAsync(Require.SharedFile("vectors", "itc", "itc-vectors.json")));
        foreach (int index in (int[])[0, 9, 39])
        {
            JsonElement run = vectors.RootElement.GetProperty("random_runs")[index];
            string file = await WriteAsync($$"""{"ops": {{run.GetProperty("ops").GetRawText()}}}""");

            (int exit, string output, string errors) = await CommandLine.RunAsync("clock", "itc", "--script", file);

            Assert.Equal((0, string.Empty), (exit, errors));
            using JsonDocument printed = JsonDocument.Parse(output);
            Assert.True(JsonElement.DeepEquals(run.GetProperty("final"), printed.RootElement), output);
        }
    }

    [SharedFact]
    public async Task A_published_run_is_taken_whole_with_a_byte_order_mark_and_its_end_is_exact_with_json_too()
    {
        using JsonDocument vectors = JsonDocument.Parse(await File.ReadAllBytesAsync(Require.SharedFile("vectors", "itc", "itc-vectors.json")));
        JsonElement run = vectors.RootElement.GetProperty("random_runs")[0];
        (int exit, string output, string errors) = await CommandLine.RunAsync("clock", "itc", "--json", "--script", await WriteAsync("\ufeff" + run.GetRawText()));
        Assert.True(exit == 0, errors);
        using JsonDocument printed = JsonDocument.Parse(output);
        Assert.True(JsonElement.DeepEquals(run.GetProperty("final"), printed.RootElement), output);
    }

    [Fact]
    public async Task The_sample_runs()
    {
        (int exit, string output, _) = await CommandLine.RunAsync("clock", "itc", "--script", Path.Combine(Require.Root, "samples", "scripts", "clock.json"));

        Assert.Equal(0, exit);
        Assert.StartsWith("{\"stamps\":[{\"text\":\"(", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json", "P2P8010", "not JSON")]
    [InlineData("""{"ops":[["fork",0]],"ops":[]}""", "P2P8010", "stands twice")]
    [InlineData("""[["fork",0]]""", "P2P8010", "not an object")]
    [InlineData("""{"ops":[],"more":1}""", "P2P8010", "not an object")]
    [InlineData("""{"ops":5}""", "P2P8010", "not an object")]
    [InlineData("""{"ops":null}""", "P2P8010", "not an object")]
    [InlineData("""{"ops":[["fork",0],["fork"]]}""", "P2P8010", "Operation 1: BadOperation")]
    [InlineData("""{"ops":[["fork",0.5]]}""", "P2P8010", "Operation 0: BadOperation")]
    [InlineData("""{"ops":[["event",0,0]]}""", "P2P8010", "Operation 0: BadOperation")]
    [InlineData("""{"ops":[["\ud800",0]]}""", "P2P8010", "Operation 0: BadOperation")]
    [InlineData("""{"ops":[["peek",0]]}""", "P2P8010", "Operation 0: UnknownOperation")]
    [InlineData("""{"ops":[["fork",0],["event",2]]}""", "P2P8010", "Operation 1: NoSuchStamp")]
    [InlineData("""{"ops":[["event",-1]]}""", "P2P8010", "Operation 0: NoSuchStamp")]
    [InlineData("""{"ops":[["fork",0],["join",1,1]]}""", "P2P8011", "Operation 1: Overlap")]
    [InlineData("""{"ops":[["sync",0,0]]}""", "P2P8011", "Operation 0: Overlap")]
    public async Task A_bad_script_or_an_overlap_gets_a_named_error_and_exit_code_2(string script, string code, string says)
    {
        (int exit, string output, string errors) = await CommandLine.RunAsync("clock", "itc", "--script", await WriteAsync(script));

        Assert.Equal((2, string.Empty), (exit, output));
        Assert.StartsWith($"p2p: {code}: ", errors, StringComparison.Ordinal);
        Assert.Contains(says, errors, StringComparison.Ordinal);
    }

    private async Task<string> WriteAsync(string script)
    {
        string file = Path.Combine(_folder, "script.json");
        await File.WriteAllTextAsync(file, script);
        return file;
    }
}
