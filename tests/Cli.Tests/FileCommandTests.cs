using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using P2P.Core.Multiformats;
using P2P.TestSupport;
using P2P.UnixFs.Export;

namespace P2P.Cli.Tests;

/// <summary>put, get, send, receive and dag as people run them: processes of their own, some of them killed.</summary>
public sealed partial class FileCommandTests : IDisposable
{
    private const int Mebibyte = 1 << 20;
    private const string HelloWorld = "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";

    private static readonly string[] s_alone = ["--interface", "lo", "--no-mdns", "--network", "file-tests"];

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-file-verbs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_goes_from_one_machine_to_another_by_the_command_that_put_prints()
    {
        string path = Make("photo one.bin", 3 * Mebibyte);
        await using UpProcess up = await UpProcess.StartAsync(At("giver"), s_alone);

        (int exit, string cid, string talk) = await CommandLine.RunAsync("put", path, "--data", At("giver"));
        Assert.True(exit == 0, talk);
        Match next = NextCommand().Match(talk);
        Assert.Equal((cid.Trim(), "photo one.bin"), (next.Groups[1].Value, next.Groups[2].Value));
        (exit, _, talk) = await TakeAsync("get", next.Groups[1].Value, "-o", At("copy.bin"), "--peer", up.Address);
        Assert.True(exit == 0, talk);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(At("copy.bin")));

        (exit, _, talk) = await TakeAsync("get", cid.Trim(), "-o", At("copy.bin"));
        Assert.True(exit == 1 && talk.Contains("P2P0023", StringComparison.Ordinal), talk);
        (exit, string json, _) = await TakeAsync("get", cid.Trim(), "-o", At("copy.bin"), "--force", "--json");
        Assert.Equal((0, "0", "5"), (exit, Field(json, "file.got", "blocksFetched"), Field(json, "file.got", "blocksHeld")));
    }

    [Fact]
    public async Task Standard_input_and_output_carry_bytes_through_a_running_node_and_without_one()
    {
        await using UpProcess up = await UpProcess.StartAsync(At("giver"), s_alone);
        await using Child put = CommandLine.StartWithInput("put", "--data", At("giver"));
        await put.WriteAsync("hello world");
        put.CloseInput();
        Assert.Equal(HelloWorld, (await put.SucceedAsync()).Trim());
        Assert.Equal((0, "hello world"), Two(await CommandLine.RunAsync("get", HelloWorld, "--data", At("giver"))));
        Assert.Equal((0, "hello world"), Two(await TakeAsync("get", $"ipfs://{HelloWorld}", "--peer", up.Address)));
    }

    [Fact]
    public async Task A_folder_is_sent_by_ticket_and_a_path_into_it_is_got()
    {
        Directory.CreateDirectory(At("album/inner"));
        Make("album/inner/a.bin", 70_000);
        await using UpProcess up = await UpProcess.StartAsync(At("giver"), s_alone);
        (int exit, string json, string talk) = await CommandLine.RunAsync("send", At("album"), "--data", At("giver"), "--json");
        Assert.True(exit == 0, talk);
        string ticket = Field(json, "file.offered", "ticket");

        (exit, _, talk) = await TakeAsync("receive", ticket, "-o", At("copy"));
        Assert.True(exit == 0, talk);
        Assert.Equal(File.ReadAllBytes(At("album/inner/a.bin")), File.ReadAllBytes(At("copy/inner/a.bin")));
        (exit, string cid, _) = await TakeAsync("dag", "resolve", $"{Field(json, "file.offered", "cid")}/inner/a.bin");
        Assert.Equal(0, exit);
        (exit, _, talk) = await TakeAsync("get", $"{Field(json, "file.offered", "cid")}/inner/a.bin", "-o", At("a.bin"));
        Assert.True(exit == 0, talk);
        Assert.Equal(cid.Trim(), (await TakeAsync("put", At("a.bin"))).Output.Trim());
        Assert.Equal(2, (await TakeAsync("receive", ticket[..^5])).Exit);
    }

    [Fact]
    public async Task A_send_without_a_node_offers_until_it_is_stopped()
    {
        string path = Make("one.bin", 1000);
        await using Child send = CommandLine.Start(["send", path, "--data", At("giver"), "--json", .. s_alone]);
        string offered = (await send.ReadLineAsync())!;

        (int exit, _, string talk) = await TakeAsync("receive", Field(offered, "file.offered", "ticket"), "-o", At("copy.bin"));

        Assert.True(exit == 0, talk);
        Assert.Equal((130, File.ReadAllText(path)), ((await send.SignalAsync("INT")).Exit, File.ReadAllText(At("copy.bin"))));
    }

    [Fact]
    public async Task A_ticket_outlives_the_sender_who_is_killed_and_started_again()
    {
        string path = Make("one.bin", 1000);
        string ticket;
        await using (Child first = CommandLine.Start(["send", path, "--data", At("giver"), "--json", .. s_alone]))
        {
            ticket = Field((await first.ReadLineAsync())!, "file.offered", "ticket");
            await first.KillAsync();
        }

        await using Child second = CommandLine.Start(["send", path, "--data", At("giver"), "--json", .. s_alone]);
        await second.ReadLineAsync();
        (int exit, _, string talk) = await TakeAsync("receive", ticket, "-o", At("copy.bin"));

        Assert.True(exit == 0, talk);
        Assert.Equal(File.ReadAllText(path), File.ReadAllText(At("copy.bin")));
    }

    [Fact]
    public async Task A_receiver_killed_on_the_way_goes_on_where_it_was()
    {
        string path = Make("large.bin", 160 * Mebibyte);
        await using UpProcess up = await UpProcess.StartAsync(At("giver"), s_alone);
        string cid = (await CommandLine.RunAsync("put", path, "--data", At("giver"))).Output.Trim();
        await using (Child get = CommandLine.Start(["get", cid, "-o", At("copy.bin"), "--data", At("taker"), "--peer", up.Address, .. s_alone]))
        {
            await get.KillWhenAsync(() => HasGrown(FolderExporter.PartOf(At("copy.bin"), Cid.Parse(cid))));
        }

        Assert.False(File.Exists(At("copy.bin")));
        (_, string stat, _) = await TakeAsync("dag", "stat", cid, "--json");
        int held = int.Parse(Field(stat, "dag.stat", "blocksHeld"), CultureInfo.InvariantCulture);
        Assert.InRange(held, 16, 160);

        (int exit, string json, string talk) = await TakeAsync("get", cid, "-o", At("copy.bin"), "--peer", up.Address, "--json");

        Assert.True(exit == 0, talk);
        Assert.Equal(161 - held, int.Parse(Field(json, "file.got", "blocksFetched"), CultureInfo.InvariantCulture));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(At("copy.bin")));
        Assert.False(File.Exists(FolderExporter.PartOf(At("copy.bin"), Cid.Parse(cid))));
    }

    [Fact]
    public async Task A_giver_killed_on_the_way_is_waited_for_and_nothing_is_fetched_twice()
    {
        string path = Make("large.bin", 160 * Mebibyte);
        string cid;
        string[] listen = ["--listen", $"/ip4/127.0.0.1/tcp/{Ports.Free()}"]; // it comes back where it was
        await using UpProcess first = await UpProcess.StartAsync(At("giver"), [.. listen, .. s_alone]);
        cid = (await CommandLine.RunAsync("put", path, "--data", At("giver"))).Output.Trim();
        await using Child get = CommandLine.Start(["get", cid, "-o", At("copy.bin"), "--data", At("taker"), "--peer", first.Address, "--json", "--timeout", "2m", .. s_alone]);
        await first.Process.KillWhenAsync(() => HasGrown(FolderExporter.PartOf(At("copy.bin"), Cid.Parse(cid))) || get.HasExited);
        Assert.False(get.HasExited, "it had everything before the giver could be killed");

        await using UpProcess again = await UpProcess.StartAsync(At("giver"), [.. listen, .. s_alone]);

        Assert.Equal("161", Field(await get.SucceedAsync(), "file.got", "blocksFetched"));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(At("copy.bin")));
    }

    [Fact]
    public async Task What_fails_fails_with_its_code_and_says_what_it_waited_for()
    {
        await using UpProcess up = await UpProcess.StartAsync(At("other"), s_alone);
        (int exit, _, string talk) = await TakeAsync("get", HelloWorld, "--timeout", "6s");
        Assert.True(exit == 4 && talk.Contains("P2P0007", StringComparison.Ordinal), talk);
        Assert.Contains("waiting for", talk, StringComparison.Ordinal);
        await using UpProcess taker = await UpProcess.StartAsync(At("taker"), ["--peer", up.Address, .. s_alone]);
        await taker.NextAsync("peer.connected"); // from here on somebody can be asked, however slow this machine is
        (exit, string json, talk) = await TakeAsync("get", HelloWorld, "--timeout", "2s", "--json");
        Assert.True(exit == 3 && talk.Contains("P2P0020", StringComparison.Ordinal), talk);
        Assert.Equal(HelloWorld, Field(json, "missing", "cid"));
        Assert.Equal(3, (await TakeAsync("dag", "stat", HelloWorld)).Exit);
        Assert.Equal(2, (await TakeAsync("get", "rubbish")).Exit);
        Assert.Equal(2, (await TakeAsync("put", At("nothing"))).Exit);
        Directory.CreateDirectory(At("empty"));
        string directory = (await TakeAsync("put", At("empty"))).Output.Trim();
        (exit, _, talk) = await TakeAsync("get", directory);
        Assert.True(exit == 7 && talk.Contains("NotAFile", StringComparison.Ordinal), talk);
    }

    [Fact]
    public async Task Blocks_are_shown_and_made_as_dag_json()
    {
        await File.WriteAllTextAsync(At("node.json"), $$$"""{ "b": {"/":{"bytes":"AQI"}}, "a": [1, {"x": {"/":"{{{HelloWorld}}}"}}] }""");
        string cid = (await TakeAsync("dag", "put", At("node.json"))).Output.Trim();

        Assert.Equal($$$$"""{"a":[1,{"x":{"/":"{{{{HelloWorld}}}}"}}],"b":{"/":{"bytes":"AQI"}}}""", (await TakeAsync("dag", "get", cid)).Output.Trim());
        Assert.Equal("1", (await TakeAsync("dag", "get", $"{cid}/a/0")).Output.Trim());
        Assert.Equal($"{cid}/a", (await TakeAsync("dag", "resolve", $"{cid}/a")).Output.Trim());
        await File.WriteAllTextAsync(At("hello"), "hello world");
        Assert.Equal(HelloWorld, (await TakeAsync("put", At("hello"))).Output.Trim());
        Assert.Equal(HelloWorld, (await TakeAsync("dag", "resolve", $"{cid}/a/1/x")).Output.Trim());
        Assert.Equal("""{"/":{"bytes":"aGVsbG8gd29ybGQ"}}""", (await TakeAsync("dag", "get", $"{cid}/a/1/x")).Output.Trim());
        Assert.Equal(3, (await TakeAsync("dag", "get", $"{cid}/a/7")).Exit);
        await File.WriteAllTextAsync(At("bad.json"), "{\"a\":1,\"a\":2}");
        (int exit, _, string talk) = await TakeAsync("dag", "put", At("bad.json"));
        Assert.True(exit == 2 && talk.Contains("P2P8052", StringComparison.Ordinal), talk);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Make(string name, int bytes)
    {
        byte[] content = new byte[bytes];
        new Core.Runtime.SeededChance((ulong)bytes).Fill(content);
        File.WriteAllBytes(At(name), content);
        return At(name);
    }

    /// <summary>Runs a verb with a node of its own on the taker's folder.</summary>
    private Task<(int Exit, string Output, string Errors)> TakeAsync(params string[] arguments) =>
        CommandLine.RunAsync([.. arguments, "--data", At("taker"), .. s_alone]);

    private static (int Exit, string Output) Two((int Exit, string Output, string Errors) ran) => (ran.Exit, ran.Output);

    private static string Field(string lines, string type, string field) =>
        lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonNode.Parse(l)!)
            .Last(l => (string?)l["type"] == type)[field]!.ToString();

    /// <summary>A tenth of the large file is there, and most of it is not.</summary>
    private static bool HasGrown(string path) => File.Exists(path) && new FileInfo(path).Length >= 16 * Mebibyte;

    [GeneratedRegex("p2p get (b[a-z0-9]+) -o '([^']+)'")]
    private static partial Regex NextCommand();
}
