using System.IO.Compression;
using System.Text;
using System.Text.Json;
using P2P.Cli.Benchmarks;
using P2P.Cli.Traces;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Cli.Tests;

public sealed class TraceTests : IDisposable
{
    private const string Sequential =
        """{"startContent":"ab","endContent":"a😀c","txns":[{"time":"x","patches":[[2,0,"c"],[1,1,""]]},{"patches":[]},{"patches":[[1,0,"é"],[1,1,"😀!"],[2,1,"","late"]]}]}""";

    // Agent 0 types, agent 1 types on top of the first letter only, agent 0 merges.
    private const string Concurrent =
        """
        {"kind":"concurrent","endContent":"xbZa!","numAgents":2,"txns":[
          {"parents":[],"numChildren":2,"agent":0,"patches":[[0,0,"a"]]},
          {"parents":[0],"agent":0,"patches":[[1,0,"!"]]},
          {"parents":[0],"agent":1,"patches":[[0,0,"b"]]},
          {"parents":[1,2],"agent":0,"patches":[[1,0,"Z"]]},
          {"parents":[2],"agent":1,"patches":[[0,0,"x"]]},
          {"parents":[3,4],"agent":1,"patches":[]}]}
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-traces-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Sequential, 0)]
    [InlineData(Sequential, 1)]
    [InlineData(Sequential, 256)]
    [InlineData(Concurrent, 0)]
    [InlineData(Concurrent, 1)]
    [InlineData(Concurrent, 256)]
    public void Every_replica_reaches_the_end_content_however_events_are_cut(string json, int patchesPerEvent)
    {
        EditingTrace trace = TraceReader.Parse(Encoding.UTF8.GetBytes(json), "test");
        TraceReplay replay = Replay(trace, patchesPerEvent);
        replay.Meet();
        Assert.All(replay.Replicas, r => Assert.Equal(trace.End, r.Text.GetText()));
    }

    [Fact]
    public void Nobody_receives_more_than_the_trace_says()
    {
        EditingTrace trace = TraceReader.Parse(Encoding.UTF8.GetBytes(Concurrent), "test");
        TracePlan plan = TracePlan.Create(trace);
        Assert.Equal(2, plan.Writers);
        Assert.Equal([0, 0, 1, 0, 1, 1], plan.WriterOf);
        Assert.Equal([[], [], [0], [2], [], [1, 3]], plan.Received);
        Assert.Equal([true, true, true, true, true, false], plan.EndsEvent);
    }

    [Fact]
    public void An_agent_that_forks_against_the_rules_gets_a_replica_for_each_branch()
    {
        const string json =
            """
            {"kind":"concurrent","endContent":"a12","txns":[
              {"parents":[],"agent":0,"patches":[[0,0,"a"]]},
              {"parents":[0],"agent":0,"patches":[[1,0,"1"]]},
              {"parents":[0],"agent":0,"patches":[[0,1,"a"]]},
              {"parents":[1,2],"agent":0,"patches":[[2,0,"2"]]}]}
            """;
        EditingTrace trace = TraceReader.Parse(Encoding.UTF8.GetBytes(json), "test");
        TracePlan plan = TracePlan.Create(trace);
        Assert.Equal([0, 0, 1, 0], plan.WriterOf);
        Assert.Equal([[], [], [0], [2]], plan.Received);
        TraceReplay replay = Replay(trace, 256);
        replay.Meet();
        Assert.Equal(replay.Replicas[0].Text.GetStateHash(), replay.Replicas[1].Text.GetStateHash());
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"txns":[]}""")]
    [InlineData("""{"endContent":""}""")]
    [InlineData("""{"endContent":1,"txns":[]}""")]
    [InlineData("""{"endContent":"\ud800","txns":[]}""")]
    [InlineData("""{"endContent":"","startContent":5,"txns":[]}""")]
    [InlineData("""{"endContent":"","txns":{}}""")]
    [InlineData("""{"endContent":"","txns":[1]}""")]
    [InlineData("""{"endContent":"","txns":[{}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[[0,0]]}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[{}]}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[[-1,0,""]]}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[[0,99999999999,""]]}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[[0.5,0,""]]}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[[0,0,null]]}]}""")]
    [InlineData("""{"kind":"parallel","endContent":"","txns":[]}""")]
    [InlineData("""{"kind":1,"endContent":"","txns":[]}""")]
    [InlineData("""{"kind":"concurrent","endContent":"","txns":[{"patches":[],"agent":0}]}""")]
    [InlineData("""{"kind":"concurrent","endContent":"","txns":[{"patches":[],"parents":[]}]}""")]
    [InlineData("""{"kind":"concurrent","endContent":"","txns":[{"patches":[],"parents":[],"agent":-1}]}""")]
    [InlineData("""{"kind":"concurrent","endContent":"","txns":[{"patches":[],"parents":[],"agent":2000000000}]}""")]
    [InlineData("""{"kind":"concurrent","endContent":"","txns":[{"patches":[],"parents":[0],"agent":0}]}""")]
    [InlineData("""{"kind":"concurrent","endContent":"","txns":[{"patches":[],"parents":[-1],"agent":0}]}""")]
    [InlineData("""{"kind":"concurrent","endContent":"","txns":[{"patches":[],"parents":[],"agent":0},{"patches":[],"parents":[0,0],"agent":0}]}""")]
    public void What_is_not_a_trace_is_refused_by_name(string json)
    {
        CliException error = Assert.Throws<CliException>(() => TraceReader.Parse(Encoding.UTF8.GetBytes(json), "test"));
        Assert.Equal("P2P8002", error.Code);
    }

    [Theory]
    [InlineData("""{"endContent":"","txns":[{"patches":[[1,0,"a"]]}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[[0,1,""]]}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[[0,0,"😀"],[2,0,""]]}]}""")]
    [InlineData("""{"endContent":"","txns":[{"patches":[[0,0,"😀"],[1,2147483647,""]]}]}""")]
    [InlineData("""{"kind":"concurrent","endContent":"","txns":[{"parents":[],"agent":0,"patches":[[0,0,"a"]]},{"parents":[],"agent":1,"patches":[[1,0,"b"]]}]}""")]
    public void A_patch_outside_the_text_is_refused_by_name(string json)
    {
        EditingTrace trace = TraceReader.Parse(Encoding.UTF8.GetBytes(json), "test");
        CliException error = Assert.Throws<CliException>(() => Replay(trace, 0));
        Assert.Equal("P2P8002", error.Code);
    }

    [Fact]
    public async Task The_command_prints_a_line_a_trace_gzipped_or_not()
    {
        string plain = Write("one.json", Encoding.UTF8.GetBytes(Sequential));
        string zipped = Write("two.json.gz", Gzip(Concurrent));
        (int exit, string output, string errors) = await CommandLine.RunAsync("bench", "text", "--trace", plain, zipped);
        Assert.Equal((ExitCode.Ok, string.Empty), (exit, errors));
        JsonElement[] lines = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonElement.Parse(l))];
        Assert.Equal(["one", "two"], lines.Select(static l => l.GetProperty("trace").GetString()));
        Assert.Equal([5, 5], lines.Select(static l => l.GetProperty("patches").GetInt32()));
        Assert.All(lines, static l => Assert.True(l.GetProperty("text_ok").GetBoolean()));
        Assert.All(
            ["local_ms", "local_patches_per_s", "remote_events", "remote_ms", "remote_signed_ms", "load_ms", "encoded_bytes", "heap_bytes"],
            name => Assert.All(lines, l => Assert.True(l.GetProperty(name).GetDouble() > 0, name)));
    }

    [Fact]
    public async Task A_text_that_differs_from_the_end_content_is_said_and_ends_with_6()
    {
        string file = Write("wrong.json", """{"endContent":"b","txns":[{"patches":[[0,0,"a"]]}]}"""u8.ToArray());
        (int exit, string output, _) = await CommandLine.RunAsync("bench", "text", "--trace", file);
        Assert.Equal(ExitCode.VerificationFailed, exit);
        Assert.False(JsonElement.Parse(output).GetProperty("text_ok").GetBoolean());
    }

    [Fact]
    public async Task Files_that_are_no_traces_end_with_2_before_anything_is_measured()
    {
        string good = Write("good.json", """{"endContent":"a","txns":[{"patches":[[0,0,"a"]]}]}"""u8.ToArray());
        byte[] broken = Gzip(Sequential);
        broken.AsSpan(12, 8).Fill(0xff);
        foreach ((string file, string code) in new[]
        {
            (Write("text.txt", "hello"u8.ToArray()), "P2P8002"),
            (Write("broken.json.gz", broken), "P2P8003"),
            (Path.Combine(_folder, "absent.json"), "P2P8003"),
        })
        {
            (int exit, string output, string errors) = await CommandLine.RunAsync("bench", "text", "--trace", good, file);
            Assert.Equal((ExitCode.Usage, string.Empty), (exit, output));
            Assert.Contains(code, errors, StringComparison.Ordinal);
        }

        Assert.Equal(ExitCode.Usage, (await CommandLine.RunAsync("bench", "text", "--trace", good, "--rounds", "4")).Exit);
        Assert.Equal(ExitCode.Usage, (await CommandLine.RunAsync("bench", "text")).Exit);
    }

    private static TraceReplay Replay(EditingTrace trace, int patchesPerEvent)
    {
        TracePlan plan = TracePlan.Create(trace);
        SeededChance chance = new(1);
        ISigner[] signers =
        [
            .. Enumerable.Range(0, plan.Writers).Select(_ => new UnsignedSigner(PrivateKey.Generate(KeyType.Ed25519, chance).PublicKey.Protobuf)),
        ];
        TraceReplay.Prepare(trace, plan, signers);
        TraceReplay replay = new(trace, plan, signers, patchesPerEvent);
        replay.Run();
        return replay;
    }

    private static byte[] Gzip(string text)
    {
        using MemoryStream packed = new();
        using (GZipStream zip = new(packed, CompressionLevel.Optimal))
        {
            zip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
