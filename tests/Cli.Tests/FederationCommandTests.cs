using System.Text.Json;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Federation.Programs;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Replication;

namespace P2P.Cli.Tests;

/// <summary>The federation's verbs as processes: <c>car</c>, <c>replay</c>, <c>snapshot</c>, <c>program</c>, <c>per</c>, <c>provenance</c>; what they print and their exit codes.</summary>
public sealed class FederationCommandTests : IDisposable
{
    private static readonly Genesis s_document = Genesis.Create("lan", "builds");

    private readonly string _home = Directory.CreateTempSubdirectory("p2p-cli-federation-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_document_is_exported_checked_replayed_and_imported_elsewhere()
    {
        await RunProgramAsync("one", "two");
        JsonElement here = await FactAsync(0, "replay", "--doc", "builds");
        string file = Path.Combine(_home, "builds.car");
        JsonElement exported = await FactAsync(0, "car", "export", file, "--doc", "builds");
        Assert.Equal(new FileInfo(file).Length, exported.GetProperty("bytes").GetInt64());
        byte[] first = await File.ReadAllBytesAsync(file);
        Assert.Equal((2, "P2P8004"), await RefusalAsync("car", "export", file, "--doc", "builds")); // never over a file unasked
        Assert.Equal(first, await File.ReadAllBytesAsync(file));
        await FactAsync(0, "car", "export", file, "--doc", "builds", "--force");
        Assert.Equal(first, await File.ReadAllBytesAsync(file)); // one set, one file
        Assert.Equal(exported.GetProperty("blocks").GetInt32(), (await FactAsync(0, "car", "verify", file)).GetProperty("blocks").GetInt32());

        JsonElement there = await FactAsync(0, "replay", "--car", file, "--shards", "7", "--threads", "2");
        JsonElement imported = await FactAsync(0, "car", "import", file, "--doc", "builds", "--data", Path.Combine(_home, "elsewhere"));
        Assert.Equal(imported.GetProperty("events").GetInt32(), imported.GetProperty("accepted").GetInt32());
        JsonElement elsewhere = await FactAsync(0, "replay", "--doc", "builds", "--data", Path.Combine(_home, "elsewhere"));
        foreach (string name in new[] { "final_state", "order" })
        {
            Assert.Equal(here.GetProperty(name).GetString(), there.GetProperty(name).GetString());
            Assert.Equal(here.GetProperty(name).GetString(), elsewhere.GetProperty(name).GetString());
        }

        Assert.Equal((3, "P2P8044"), await RefusalAsync("car", "import", file, "--doc", "another", "--data", Path.Combine(_home, "elsewhere")));
        Assert.Equal((3, "P2P8053"), await RefusalAsync("replay", "--doc", "another", "--data", Path.Combine(_home, "elsewhere"))); // and nothing was made
        byte[] broken = [.. first];
        broken[^1] ^= 1;
        await File.WriteAllBytesAsync(file, broken);
        Assert.Equal((6, "P2P8041"), await RefusalAsync("car", "verify", file));
        Assert.Equal((6, "P2P8041"), await RefusalAsync("replay", "--car", file));
        Assert.Equal((2, "P2P8003"), await RefusalAsync("car", "verify", Path.Combine(_home, "none.car")));
        Assert.Equal((3, "P2P8053"), await RefusalAsync("replay", "--data", Path.Combine(_home, "nothing")));
    }

    [Fact]
    public async Task A_file_goes_where_it_belongs_by_itself_by_id_and_by_ticket_and_is_written_to_standard_output()
    {
        Event[] chain = await WriteAsync(static _ => Artifact("a"), static _ => Artifact("b"));
        string file = await SaveAsync(chain);
        foreach (string[] how in new string[][] { [], ["--doc", s_document.Cid.ToString()], ["--doc", new Ticket(s_document, []).ToString()], ["--doc", "builds"] })
        {
            string folder = Path.Combine(_home, $"to{how.Length}{how.LastOrDefault()?.Length}");
            JsonElement imported = await FactAsync(0, ["car", "import", file, .. how, "--data", folder]);
            Assert.Equal(("builds", s_document.Cid.ToString(), 2, 2, 0, 0, 0, 0), (
                imported.GetProperty("name").GetString(), imported.GetProperty("document").GetString(), imported.GetProperty("events").GetInt32(),
                imported.GetProperty("accepted").GetInt32(), imported.GetProperty("duplicate").GetInt32(), imported.GetProperty("pending").GetInt32(),
                imported.GetProperty("invalid").GetInt32(), imported.GetProperty("missing").GetArrayLength()));
            Assert.Equal(2, (await FactAsync(0, ["replay", .. how, "--data", folder])).GetProperty("n").GetInt32());
        }

        (int exit, string output, string errors) = await CommandLine.RunAsync("car", "export", "-", "--data", Path.Combine(_home, "to0"));
        Assert.True(exit == 0, errors);
        Assert.Contains("builds", output, StringComparison.Ordinal); // the genesis block has the name; the rest is no text
        Assert.Contains("3 blocks", errors, StringComparison.Ordinal);
        Assert.False(File.Exists("-"));

        (exit, output, errors) = await RunAsync("car", "import", await SaveAsync(chain, without: chain[0].Cid), "--data", Path.Combine(_home, "hole"));
        Assert.Equal((3, "P2P8040"), (exit, JsonOf(errors).GetProperty("code").GetString()));
        Assert.Equal((0, 1), (JsonOf(output).GetProperty("accepted").GetInt32(), JsonOf(output).GetProperty("pending").GetInt32()));
        Assert.Equal(chain[0].Cid.ToString(), Assert.Single(JsonOf(output).GetProperty("missing").EnumerateArray()).GetString());
        Assert.Contains(chain[0].Cid.ToString(), errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_name_the_document_is_the_only_one_the_one_with_records_or_the_one_that_holds_the_CID()
    {
        JsonElement run = await RunProgramAsync("one", "two");
        string receipt = run.GetProperty("receipt").GetString()!;
        await FactAsync(0, "replay");
        string snapshot = (await FactAsync(0, "snapshot", "create")).GetProperty("snapshot").GetString()!;
        Assert.Equal(0, (await RunAsync("doc", "append", "plain", "text", "--interface", "lo", "--no-mdns", "--timeout", "50ms")).Exit);
        Assert.Single(await FactsAsync(0, "snapshot", "list")); // the one with records
        await FactAsync(0, "replay", "--verify");
        Assert.Equal("per", (await FactAsync(0, "provenance", receipt)).GetProperty("eventType").GetString());

        await FactAsync(0, "program", "run", await ProgramFileAsync(), "--in", $"a=@{Path.Combine(_home, "one")}", $"b=@{Path.Combine(_home, "two")}", "--doc", "other");
        (int exit, _, string errors) = await RunAsync("replay");
        Assert.Equal((2, "P2P8046"), (exit, JsonOf(errors).GetProperty("code").GetString()));
        Assert.Contains("Here are: builds, other", errors, StringComparison.Ordinal);
        Assert.Equal("per", (await FactAsync(0, "provenance", receipt)).GetProperty("eventType").GetString());
        Assert.True((await FactAsync(0, "snapshot", "diff", snapshot, snapshot)).GetProperty("equal").GetBoolean());
        Assert.Equal((3, "P2P8044"), await RefusalAsync("provenance", Cid.ForRaw([9]).ToString()));
    }

    [Fact]
    public async Task A_backup_of_a_store_is_replayed_a_document_at_a_time()
    {
        await RunProgramAsync("one", "two");
        JsonElement here = await FactAsync(0, "replay", "--doc", "builds");
        string backup = Path.Combine(_home, "backup.car");
        await FactAsync(0, "store", "backup", backup);
        Assert.Equal(here.GetProperty("final_state").GetString(), (await FactAsync(0, "replay", "--car", backup)).GetProperty("final_state").GetString());
        Assert.Equal(0, (await RunAsync("doc", "append", "plain", "text", "--interface", "lo", "--no-mdns", "--timeout", "50ms")).Exit);
        await FactAsync(0, "store", "backup", backup, "--force");
        Assert.Equal((2, "P2P8046"), await RefusalAsync("replay", "--car", backup));
        Assert.Equal(here.GetProperty("final_state").GetString(), (await FactAsync(0, "replay", "--car", backup, "--doc", "builds")).GetProperty("final_state").GetString());
    }

    [Fact]
    public async Task A_program_that_cannot_be_run_leaves_nothing_and_one_that_ran_is_not_written_twice()
    {
        string program = await ProgramFileAsync();
        await File.WriteAllTextAsync(Path.Combine(_home, "one"), "one");
        string one = $"@{Path.Combine(_home, "one")}";
        string nobody = Cid.ForRaw([9]).ToString();
        Assert.Equal((2, "P2P8043"), await RefusalAsync("program", "run", program, "--in", $"a={one}", "b=nope", "--doc", "builds"));
        Assert.Equal((2, "P2P8043"), await RefusalAsync("program", "run", program, "--in", $"a={one}", $"a={one}", "--doc", "builds"));
        Assert.Equal((2, "P2P8043"), await RefusalAsync("program", "run", program, "--in", $"a={one}", "--doc", "builds")); // nothing for b
        Assert.Equal((3, "P2P8040"), await RefusalAsync("program", "run", program, "--in", $"a={one}", $"b={nobody}", "--doc", "builds"));
        Assert.Equal((3, "P2P8053"), await RefusalAsync("replay", "--doc", "builds"));

        JsonElement first = await FactAsync(0, "program", "run", program, "--in", $"a={one}", $"b={one}", "--doc", "builds");
        int events = (await FactAsync(0, "replay", "--doc", "builds")).GetProperty("n").GetInt32();
        JsonElement again = await FactAsync(0, "program", "run", program, "--in", $"a={one}", $"b={one}", "--doc", "builds");
        Assert.Equal((true, false), (first.GetProperty("written").GetBoolean(), again.GetProperty("written").GetBoolean()));
        Assert.Equal(first.GetProperty("receipt").GetString(), again.GetProperty("receipt").GetString());
        Assert.Equal(events, (await FactAsync(0, "replay", "--doc", "builds")).GetProperty("n").GetInt32());
        Assert.Equal((2, "P2P8043"), await RefusalAsync("program", "run", program, "--in", $"a={one}", $"b={nobody}x", "--doc", "builds"));
        Assert.Equal(events, (await FactAsync(0, "replay", "--doc", "builds")).GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task A_program_is_written_as_the_JSON_that_show_prints_and_may_be_a_block_of_the_store()
    {
        (_, string json, _) = await CommandLine.RunAsync("program", "show", await ProgramFileAsync());
        string file = Path.Combine(_home, "program.json");
        await File.WriteAllTextAsync(file, json);
        await File.WriteAllTextAsync(Path.Combine(_home, "one"), "one");
        string[] inputs = ["--in", $"a=@{Path.Combine(_home, "one")}", $"b=@{Path.Combine(_home, "one")}", "--doc", "builds"];
        JsonElement run = await FactAsync(0, ["program", "run", file, .. inputs]);
        string program = run.GetProperty("program").GetString()!;
        string other = Path.Combine(_home, "other");
        string[] alone = ["--data", other, "--interface", "lo", "--no-mdns", "--timeout", "50ms"];
        Assert.Equal(program, (await FactAsync(0, ["dag", "put", file, .. alone])).GetProperty("cid").GetString());
        Assert.Equal(program, (await FactAsync(0, "program", "show", program, "--data", other)).GetProperty("program").GetString());
        JsonElement there = await FactAsync(0, ["program", "run", program, .. inputs, "--data", other]);
        Assert.Equal(run.GetProperty("key").GetString(), there.GetProperty("key").GetString());
        Assert.True((await FactAsync(0, "per", "verify", "--all", "--doc", "builds", "--data", other)).GetProperty("recomputed").GetBoolean());
    }

    [Fact]
    public async Task A_file_with_a_hole_is_incomplete_and_the_missing_block_is_named()
    {
        Event[] chain = await WriteAsync(static _ => Artifact("a"), static _ => Artifact("b"), static _ => Artifact("c"));
        string file = await SaveAsync(chain, without: chain[1].Cid);
        (int exit, _, string errors) = await RunAsync("replay", "--car", file);
        Assert.Equal(3, exit);
        Assert.Contains(chain[1].Cid.ToString(), errors, StringComparison.Ordinal);
        Assert.Equal((3, "P2P8040"), await RefusalAsync("per", "verify", "--all", "--car", file));
        Assert.Equal((3, "P2P8040"), await RefusalAsync("provenance", chain[0].Cid.ToString(), "--car", file));
    }

    [Fact]
    public async Task Snapshots_are_written_listed_verified_and_compared()
    {
        await RunProgramAsync("one", "two");
        string first = (await FactAsync(0, "snapshot", "create", "--doc", "builds")).GetProperty("snapshot").GetString()!;
        await RunProgramAsync("one", "three");
        JsonElement second = await FactAsync(0, "snapshot", "create", "--doc", "builds");
        string later = second.GetProperty("snapshot").GetString()!;
        JsonElement[] listed = await FactsAsync(0, "snapshot", "list", "--doc", "builds");
        Assert.Equal([first, later], listed.Select(static l => l.GetProperty("snapshot").GetString()));
        JsonElement replayed = await FactAsync(0, "replay", "--doc", "builds", "--snapshot", later, "--verify");
        Assert.True(replayed.GetProperty("verified").GetBoolean());
        Assert.Equal(second.GetProperty("final_state").GetString(), replayed.GetProperty("final_state").GetString());
        Assert.Equal(later, (await FactAsync(0, "replay", "--doc", "builds", "--verify")).GetProperty("verifiedSnapshot").GetString());

        JsonElement diff = await FactAsync(0, "snapshot", "diff", first, later, "--doc", "builds");
        Assert.False(diff.GetProperty("equal").GetBoolean());
        Assert.Equal(listed[0].GetProperty("n").GetInt32(), diff.GetProperty("position").GetInt32()); // all of the first, then more
        Assert.Equal(["n", "arts", "pers"], diff.GetProperty("sections").EnumerateArray().Select(static s => s.GetString()));
        Assert.True((await FactAsync(0, "replay", "--diff", later, later, "--doc", "builds")).GetProperty("equal").GetBoolean());
        string nobody = Cid.ForDagCbor([0xa0]).ToString();
        Assert.Equal((3, "P2P8044"), await RefusalAsync("replay", "--doc", "builds", "--snapshot", nobody));
        Assert.Equal((3, "P2P8044"), await RefusalAsync("snapshot", "diff", first, nobody, "--doc", "builds"));
        Assert.Equal((2, "usage"), await RefusalAsync("snapshot", "diff", first, "nonsense", "--doc", "builds"));
        Assert.Equal((3, "P2P8053"), await RefusalAsync("snapshot", "create", "--doc", "empty"));
    }

    [Fact]
    public async Task Verifying_without_a_snapshot_is_refused_by_name()
    {
        await RunProgramAsync("one", "two");
        await FactAsync(0, "replay", "--doc", "builds");
        Assert.Equal((3, "P2P8049"), await RefusalAsync("replay", "--doc", "builds", "--verify"));
    }

    [Fact]
    public async Task A_list_names_every_snapshot_and_says_which_have_no_state_here()
    {
        Cid absent = Cid.ForRaw("far away"u8);
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        byte[] program = builder.Build().Encode();
        ReceiptBody receipt = new() { Program = Cid.ForDagCbor(program), Scheme = ProgramScheme.Pel1, Inputs = [new("a", absent)], Outputs = [], Status = 1, Gas = 0 };
        Event[] chain = await WriteAsync(
            _ => (FederationTypes.Artifact, ArtifactBody.OfBytes(program).Encode()),
            static before => (FederationTypes.Snapshot, new SnapBody { Cut = [before[^1].Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode()),
            _ => (FederationTypes.Artifact, ArtifactBody.OfBlock(absent, 8).Encode()),
            _ => (FederationTypes.Receipt, receipt.Encode()),
            static before => (FederationTypes.Snapshot, new SnapBody { Cut = [before[^1].Cid], Count = 4, State = EventDigest.Sha256([1]) }.Encode()),
            static _ => Artifact("last"));
        JsonElement[] listed = await FactsAsync(0, "snapshot", "list", "--car", await SaveAsync(chain));
        Assert.Equal([chain[1].Cid.ToString(), chain[4].Cid.ToString()], listed.Select(static l => l.GetProperty("snapshot").GetString()));
        Assert.Equal(["complete", "incomplete"], listed.Select(static l => l.GetProperty("verdict").GetString()));
        Assert.Equal(JsonValueKind.Null, listed[1].GetProperty("final_state").ValueKind);
        Assert.Equal(absent.ToString(), Assert.Single(listed[1].GetProperty("missing").EnumerateArray()).GetString());
        Assert.Empty(JsonLines.Problems(string.Join('\n', listed.Select(static l => l.GetRawText()))));

        (int exit, string output, string errors) = await RunAsync("snapshot", "list", "--car", await SaveAsync(chain, without: chain[0].Cid));
        Assert.Equal((3, "P2P8040"), (exit, JsonOf(errors).GetProperty("code").GetString())); // below the hole there may be more
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.All(lines, line => Assert.Equal(("incomplete", chain[0].Cid.ToString()), (JsonOf(line).GetProperty("verdict").GetString(), JsonOf(line).GetProperty("missing")[0].GetString())));
    }

    [Fact]
    public async Task A_forged_snapshot_that_an_artifact_carries_is_bytes_to_a_program_and_the_real_one_opens()
    {
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("scan", new byte[] { 0xa0 }));
        string file = Path.Combine(_home, "scan.cbor");
        await File.WriteAllBytesAsync(file, builder.Build().Encode());
        Event[] forged = await WriteAsync(
            static _ => Artifact("a"),
            static before => (FederationTypes.Snapshot, new SnapBody { Cut = [before[0].Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode()));
        string carried = Path.Combine(_home, "forged");
        await File.WriteAllBytesAsync(carried, forged[1].Bytes.ToArray());
        JsonElement run = await FactAsync(0, "program", "run", file, "--in", $"snapshot=@{carried}", "--doc", "builds");
        Assert.Equal(ProgramStatus.Type, run.GetProperty("status").GetUInt64());
        run = await FactAsync(0, "program", "run", file, "--in", $"snapshot={forged[1].Cid}", "--doc", "builds"); // by the name of an event, of which the document has the bytes only
        Assert.Equal(ProgramStatus.Type, run.GetProperty("status").GetUInt64());
        string real = (await FactAsync(0, "snapshot", "create", "--doc", "builds")).GetProperty("snapshot").GetString()!;
        run = await FactAsync(0, "program", "run", file, "--in", $"snapshot={real}", "--doc", "builds");
        Assert.Equal(ProgramStatus.Ok, run.GetProperty("status").GetUInt64());
        await FactsAsync(0, "per", "verify", "--all", "--doc", "builds"); // the state agrees with all three
    }

    [Fact]
    public async Task A_snapshot_that_claims_another_state_has_diverged()
    {
        Event[] chain = await WriteAsync(
            static _ => Artifact("a"),
            static before => (FederationTypes.Snapshot, new SnapBody { Cut = [before[0].Cid], Count = 1, State = EventDigest.Sha256([1]) }.Encode()));
        string file = await SaveAsync(chain);
        Assert.Equal(0, (await RunAsync("replay", "--car", file, "--snapshot", chain[1].Cid.ToString())).Exit);
        foreach (string[] which in new string[][] { ["--snapshot", chain[1].Cid.ToString()], [] })
        {
            (int exit, string output, string errors) = await RunAsync(["replay", "--car", file, "--verify", .. which]);
            Assert.Equal((6, "P2P8042"), (exit, JsonOf(errors).GetProperty("code").GetString()));
            Assert.False(JsonOf(output).GetProperty("verified").GetBoolean());
        }
    }

    [Fact]
    public async Task Receipts_are_recomputed_a_lie_is_named_and_an_unknown_execution_is_not_found()
    {
        JsonElement run = await RunProgramAsync("one", "two");
        string key = run.GetProperty("key").GetString()!;
        JsonElement verified = await FactAsync(0, "per", "verify", key, "--doc", "builds");
        Assert.Equal((true, 0UL, 1), (verified.GetProperty("recomputed").GetBoolean(), verified.GetProperty("status").GetUInt64(), verified.GetProperty("receipts").GetArrayLength()));
        Assert.Single(await FactsAsync(0, "per", "verify", "--all", "--doc", "builds"));
        Assert.Equal((3, "P2P8044"), await RefusalAsync("per", "verify", new string('0', 64), "--doc", "builds"));
        Assert.Equal((2, "usage"), await RefusalAsync("per", "verify", "UNKNOWN", "--doc", "builds"));

        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", ProgramSource.OfSlot("a")));
        byte[] program = builder.Build().Encode();
        ReceiptBody lie = new()
        {
            Program = Cid.ForDagCbor(program),
            Scheme = ProgramScheme.Pel1,
            Inputs = [new("a", Cid.ForRaw("input"u8))],
            Outputs = [new("o", Cid.ForRaw("a lie"u8))],
            Status = 0,
            Gas = 1,
        };
        Event[] chain = await WriteAsync(_ => (FederationTypes.Artifact, ArtifactBody.OfBytes(program).Encode()), static _ => Artifact("input"), _ => (FederationTypes.Receipt, lie.Encode()));
        (int exit, string output, string errors) = await RunAsync("per", "verify", "--all", "--car", await SaveAsync(chain));
        Assert.Equal((6, "P2P8045"), (exit, JsonOf(errors).GetProperty("code").GetString()));
        JsonElement refuted = JsonOf(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);
        Assert.Equal(("per.refuted", chain[2].Cid.ToString(), lie.Key().ToString()), (refuted.GetProperty("type").GetString(), refuted.GetProperty("receipt").GetString(), refuted.GetProperty("key").GetString()));
        Assert.NotEmpty(refuted.GetProperty("author").GetString()!);
    }

    [Fact]
    public async Task Programs_are_shown_and_values_have_a_provenance()
    {
        string file = await ProgramFileAsync();
        JsonElement shown = await FactAsync(0, "program", "show", file);
        Assert.Equal("hash", shown.GetProperty("dagJson").GetProperty("nodes")[1].GetProperty("op").GetString());
        JsonElement run = await RunProgramAsync("one", "two");
        string program = run.GetProperty("program").GetString()!;
        Assert.Equal(shown.GetProperty("program").GetString(), program);
        Assert.Equal(
            shown.GetProperty("dagJson").GetRawText(), (await FactAsync(0, "program", "show", program, "--doc", "builds")).GetProperty("dagJson").GetRawText());
        Assert.Equal((3, "P2P8044"), await RefusalAsync("program", "show", Cid.ForDagCbor([0xa0]).ToString(), "--doc", "builds"));
        string rubbish = Path.Combine(_home, "rubbish.cbor");
        await File.WriteAllBytesAsync(rubbish, [0xff]);
        Assert.Equal((2, "P2P8043"), await RefusalAsync("program", "show", rubbish));

        string made = run.GetProperty("out").GetProperty("o").GetString()!;
        JsonElement value = await FactAsync(0, "provenance", made, "--doc", "builds");
        string receipt = run.GetProperty("receipt").GetString()!;
        Assert.Equal(receipt, Assert.Single(value.GetProperty("producedBy").EnumerateArray()).GetString());
        Assert.Single(value.GetProperty("artifacts").EnumerateArray());
        string snapshot = (await FactAsync(0, "snapshot", "create", "--doc", "builds")).GetProperty("snapshot").GetString()!;
        JsonElement origin = await FactAsync(0, "provenance", receipt, "--doc", "builds");
        Assert.Equal("per", origin.GetProperty("eventType").GetString());
        Assert.Equal(snapshot, Assert.Single(origin.GetProperty("snapshots").EnumerateArray()).GetString());
        Assert.Equal((3, "P2P8044"), await RefusalAsync("provenance", Cid.ForRaw([9]).ToString(), "--doc", "builds"));
        Assert.Equal((2, "usage"), await RefusalAsync("provenance", "nonsense", "--doc", "builds"));
    }

    private static (string Type, byte[] Body) Artifact(string text) => (FederationTypes.Artifact, ArtifactBody.OfBytes(System.Text.Encoding.UTF8.GetBytes(text)).Encode());

    private static async Task<Event[]> WriteAsync(params Func<IReadOnlyList<Event>, (string Type, byte[] Body)>[] steps)
    {
        await using MemoryEventStore store = new(new P2P.Core.Runtime.SeededChance(3));
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store, TypeRules = DocumentRules.Create() });
        List<Event> written = [];
        foreach (Func<IReadOnlyList<Event>, (string Type, byte[] Body)> step in steps)
        {
            (string type, byte[] body) = step(written);
            written.Add(await replica.AppendEventAsync(new EventDraft { Type = type, Body = body }));
        }

        return [.. written];
    }

    private async Task<string> SaveAsync(Event[] chain, Cid without = default)
    {
        MemoryContentSource source = new();
        source.Add(s_document.Cid, s_document.Bytes);
        source.Add(chain);
        string file = Path.Combine(_home, $"{chain[^1].Cid}.car");
        await using FileStream stream = File.Create(file);
        IEnumerable<Block> blocks = ReplayCar.Collect([chain[^1].Cid], source, out _).Where(b => b.Cid != without);
        await CarFile.WriteAsync(stream, [chain[^1].Cid], blocks, default);
        return file;
    }

    private async Task<string> ProgramFileAsync()
    {
        string file = Path.Combine(_home, "program.cbor");
        ProgramBuilder builder = new();
        builder.Output("o", builder.Add("hash", builder.Add("concat", ProgramSource.OfSlot("a"), ProgramSource.OfSlot("b"))));
        await File.WriteAllBytesAsync(file, builder.Build().Encode());
        return file;
    }

    private async Task<JsonElement> RunProgramAsync(string a, string b)
    {
        foreach (string text in new[] { a, b })
        {
            await File.WriteAllTextAsync(Path.Combine(_home, text), text);
        }

        return await FactAsync(0, "program", "run", await ProgramFileAsync(), "--in", $"a=@{Path.Combine(_home, a)}", $"b=@{Path.Combine(_home, b)}", "--doc", "builds");
    }

    private static JsonElement JsonOf(string line) => JsonDocument.Parse(line).RootElement;

    private async Task<JsonElement> FactAsync(int exit, params string[] arguments) => Assert.Single(await FactsAsync(exit, arguments));

    private async Task<JsonElement[]> FactsAsync(int expected, params string[] arguments)
    {
        (int exit, string output, string errors) = await RunAsync(arguments);
        Assert.True(expected == exit, $"{string.Join(' ', arguments)}: {exit} {errors}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(JsonOf)];
    }

    private async Task<(int Exit, string? Code)> RefusalAsync(params string[] arguments)
    {
        (int exit, string output, string errors) = await RunAsync(arguments);
        Assert.Empty(output);
        return (exit, JsonOf(errors).GetProperty("code").GetString());
    }

    private Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments) => CommandLine.RunAsync(
        [.. arguments, "--json", .. arguments.Contains("--data") ? Array.Empty<string>() : ["--data", Path.Combine(_home, "data")]]);
}
