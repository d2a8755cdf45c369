using System.Text.Json;

namespace P2P.Cli.Tests;

/// <summary><c>p2p store</c> and <c>p2p doctor</c> as processes: output, exit codes, beside a running node and without one.</summary>
public sealed class StoreCommandTests : IDisposable
{
    private static string Name(JsonElement check) => check.TryGetProperty("name", out JsonElement name) ? name.GetString()! : string.Empty;

    private readonly string _home = Directory.CreateTempSubdirectory("p2p-cli-store-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task A_folder_without_a_store_is_not_found()
    {
        foreach (string verb in new[] { "stat", "verify", "gc" })
        {
            (int exit, string output, string errors) = await RunAsync("store", verb);
            Assert.Equal(3, exit);
            Assert.Empty(output);
            Assert.Equal("P2P5001", JsonOf(errors).GetProperty("code").GetString());
        }
    }

    [Fact]
    public async Task A_store_is_counted_verified_backed_up_and_restored_elsewhere()
    {
        await WriteAsync("one line");
        JsonElement[] stat = await FactsAsync(0, "store", "stat");
        Assert.Equal(("store.document", "notes", 1L), (stat[0].GetProperty("type").GetString(), stat[0].GetProperty("name").GetString(), stat[0].GetProperty("events").GetInt64()));
        Assert.True(stat[1].GetProperty("closedCleanly").GetBoolean());
        JsonElement verified = Assert.Single(await FactsAsync(0, "store", "verify"));
        Assert.True(verified.GetProperty("sound").GetBoolean());

        string file = Path.Combine(_home, "backup.car");
        Assert.Equal(2, Assert.Single(await FactsAsync(0, "store", "backup", file)).GetProperty("blocks").GetInt64());
        Assert.Equal(2, (await RunAsync("store", "backup", file)).Exit); // it is there already
        string other = Path.Combine(_home, "other");
        JsonElement restored = Assert.Single(await FactsAsync(0, "store", "restore", file, "--data", other));
        Assert.Equal((1, 0), (restored.GetProperty("events").GetInt32(), restored.GetProperty("refused").GetInt32()));
        Assert.Equal("one line\n", (await CommandLine.RunAsync("doc", "cat", "notes", "--data", other, "--no-mdns", "--interface", "lo", "--timeout", "100ms")).Output);

        byte[] car = await File.ReadAllBytesAsync(file);
        car[^1] ^= 1;
        await File.WriteAllBytesAsync(file, car);
        Assert.Equal(6, (await RunAsync("store", "restore", file, "--data", other)).Exit);
        Assert.Equal(0, (await FactsAsync(0, "store", "gc", "--compact"))[0].GetProperty("blocks").GetInt32());
    }

    [Fact]
    public async Task A_document_is_compacted_below_a_snapshot_and_reads_as_before()
    {
        for (int i = 0; i < 5; i++)
        {
            await WriteAsync($"line {i}");
        }

        string[] compact = ["store", "compact", "notes", "--interface", "lo", "--no-mdns"];
        string data = Path.Combine(_home, "data");
        Assert.Equal(7, (await RunAsync(compact)).Exit); // nobody is named
        (int exit, _, string errors) = await RunAsync([.. compact, "--alone"]);
        Assert.Equal((7, "P2P8047"), (exit, JsonOf(errors).GetProperty("code").GetString())); // no snapshot yet
        (exit, _, errors) = await RunAsync("store", "compact", "other", "--alone", "--interface", "lo", "--no-mdns");
        Assert.Equal((3, "P2P8053"), (exit, JsonOf(errors).GetProperty("code").GetString()));
        string snapshot = Assert.Single(await FactsAsync(0, "snapshot", "create", "--with-data", "--doc", "notes", "--interface", "lo", "--no-mdns")).GetProperty("snapshot").GetString()!;
        JsonElement done = Assert.Single(await FactsAsync(0, [.. compact, "--alone"]));
        Assert.Equal((snapshot, 4L), (done.GetProperty("snapshot").GetString(), done.GetProperty("events").GetInt64()));

        JsonElement verified = Assert.Single(await FactsAsync(0, "store", "verify"));
        Assert.Equal((true, 4L), (verified.GetProperty("sound").GetBoolean(), verified.GetProperty("dropped").GetInt64()));
        Assert.Equal(4, (await FactsAsync(0, "store", "stat"))[^1].GetProperty("droppedBlocks").GetInt64());
        await FactsAsync(0, "store", "gc", "--unpinned", "--compact");
        Assert.Equal(
            "line 0\nline 1\nline 2\nline 3\nline 4\n",
            (await CommandLine.RunAsync("doc", "cat", "notes", "--data", data, "--no-mdns", "--interface", "lo", "--timeout", "100ms")).Output);
        Assert.True(Assert.Single(await FactsAsync(0, "store", "verify")).GetProperty("sound").GetBoolean());
    }

    [Fact]
    public async Task What_was_put_stays_until_it_is_unpinned_and_then_its_room_comes_back()
    {
        string[] here = ["--interface", "lo", "--no-mdns"];
        string file = Path.Combine(_home, "photo.bin");
        await File.WriteAllBytesAsync(file, new byte[300_000]);
        string cid = Assert.Single(await FactsAsync(0, ["put", file, .. here])).GetProperty("cid").GetString()!;
        Assert.Equal(cid, Assert.Single(await FactsAsync(0, ["store", "pins", .. here])).GetProperty("cid").GetString());
        Assert.Equal(0, Assert.Single(await FactsAsync(0, "store", "gc", "--unpinned")).GetProperty("blocks").GetInt32());

        Assert.Equal(cid, Assert.Single(await FactsAsync(0, ["store", "unpin", cid, .. here])).GetProperty("cid").GetString());
        Assert.Equal(cid, Assert.Single(await FactsAsync(0, ["store", "pin", cid, .. here])).GetProperty("cid").GetString());
        Assert.Equal(cid, Assert.Single(await FactsAsync(0, ["store", "pins", .. here])).GetProperty("cid").GetString());
        await FactsAsync(0, ["store", "unpin", cid, .. here]);
        Assert.Equal(3, (await RunAsync(["store", "unpin", cid, .. here])).Exit); // no longer there to let go of
        Assert.Empty(await FactsAsync(0, ["store", "pins", .. here]));
        Assert.Equal(1, Assert.Single(await FactsAsync(0, "store", "gc", "--unpinned")).GetProperty("blocks").GetInt32());
    }

    [Fact]
    public async Task A_rotten_block_is_named_and_the_exit_code_is_6()
    {
        await WriteAsync("a line that will rot");
        string database = Path.Combine(_home, "data", "store.db");
        byte[] bytes = await File.ReadAllBytesAsync(database);
        int at = bytes.AsSpan().IndexOf("a line that will rot"u8);
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(database, bytes);

        (int exit, string output, string errors) = await RunAsync("store", "verify");
        Assert.Equal(6, exit);
        Assert.Contains("block-corrupt", output, StringComparison.Ordinal);
        Assert.Equal("P2P5002", JsonOf(errors).GetProperty("code").GetString());
        Assert.Equal(3, (await RunAsync("store", "backup", Path.Combine(_home, "partial.car"))).Exit); // incomplete, and says so
        Assert.Equal(1, (await RunAsync("doctor", "--no-mdns", "--interface", "lo", "--timeout", "100ms")).Exit);
    }

    [Fact]
    public async Task A_newer_store_is_refused()
    {
        await WriteAsync("from today");
        string database = Path.Combine(_home, "data", "store.db");
        byte[] bytes = await File.ReadAllBytesAsync(database);
        bytes[63] = 99; // user_version, big endian, at offset 60
        await File.WriteAllBytesAsync(database, bytes);
        foreach (string verb in new[] { "stat", "verify", "gc" })
        {
            Assert.Equal(7, (await RunAsync("store", verb)).Exit);
        }

        Assert.Equal(bytes, await File.ReadAllBytesAsync(database));
    }

    [Fact]
    public async Task Beside_a_running_node_reading_works_and_cleaning_is_refused()
    {
        await WriteAsync("kept");
        await using UpProcess up = await UpProcess.StartAsync(Path.Combine(_home, "data"));
        Assert.Equal(up.Id, (await FactsAsync(0, "store", "stat"))[^1].GetProperty("holderPid").GetInt32());
        await FactsAsync(0, "store", "verify");
        (int exit, _, string errors) = await RunAsync("store", "gc");
        Assert.Equal(5, exit);
        Assert.Contains($"in use by `p2p up` (pid {up.Id}, since ", errors, StringComparison.Ordinal);
        JsonElement[] checks = await FactsAsync(1, "doctor", "--no-mdns", "--interface", "lo"); // a running node that is alone is a finding
        Assert.Equal("problem", checks.Single(static c => Name(c) == "peers").GetProperty("verdict").GetString());
        Assert.Equal("skipped", checks.Single(static c => Name(c).StartsWith("sync", StringComparison.Ordinal)).GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task The_doctor_names_what_is_wrong_and_what_to_do()
    {
        await WriteAsync("healthy");
        JsonElement[] checks = await FactsAsync(0, "doctor", "--no-mdns", "--interface", "lo", "--timeout", "1500ms"); // mDNS would find the nodes of other tests
        Assert.Equal(0, checks[^1].GetProperty("problems").GetInt32());
        Assert.Superset(
            new HashSet<string> { "runtime", "clock", "identity", "store", "author", "forks", "disk", "interfaces", "mDNS", "TCP", "sync notes" },
            checks[..^1].Select(static c => c.GetProperty("name").GetString()!).ToHashSet());

        using System.Net.Sockets.Socket taken = new(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        taken.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((System.Net.IPEndPoint)taken.LocalEndPoint!).Port;
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.Combine(_home, "data", "identity.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        checks = await FactsAsync(1, "doctor", "--no-mdns", "--interface", "lo", "--timeout", "100ms", "--listen", $"/ip4/127.0.0.1/tcp/{port}");
        JsonElement tcp = checks.Single(static c => c.TryGetProperty("name", out JsonElement n) && n.GetString() == "TCP");
        Assert.Equal("problem", tcp.GetProperty("verdict").GetString());
        Assert.Contains("--listen", tcp.GetProperty("next").GetString(), StringComparison.Ordinal);
        Assert.Contains($"pid {Environment.ProcessId}", OperatingSystem.IsLinux() ? tcp.GetProperty("message").GetString() : $"pid {Environment.ProcessId}", StringComparison.Ordinal);
        JsonElement privacy = checks.Single(static c => c.TryGetProperty("name", out JsonElement n) && n.GetString() == "privacy");
        Assert.True(OperatingSystem.IsWindows() || privacy.GetProperty("next").GetString() == $"chmod go= {Path.Combine(_home, "data", "identity.key")}");
    }

    [Fact]
    public async Task The_author_key_is_nobody_elses_to_read_and_doctor_says_when_it_is()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string data = Path.Combine(_home, "data");
        await WriteAsync("signed");
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(data), 8));
        Assert.Equal("600", Convert.ToString((int)File.GetUnixFileMode(Path.Combine(data, "store.db")), 8));
        Assert.Equal("600", Convert.ToString((int)File.GetUnixFileMode(Path.Combine(data, "generation")), 8));

        File.SetUnixFileMode(data, File.GetUnixFileMode(data) | others | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(Path.Combine(data, "store.db"), UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        JsonElement privacy = (await FactsAsync(1, "doctor", "--no-mdns", "--interface", "lo", "--timeout", "50ms")).Single(static c => Name(c) == "privacy");
        Assert.StartsWith($"chmod go= {data} {Path.Combine(data, "store.db")}", privacy.GetProperty("next").GetString(), StringComparison.Ordinal);
        await WriteAsync("the next start closes it");
        Assert.Equal("ok", (await FactsAsync(0, "doctor", "--no-mdns", "--interface", "lo", "--timeout", "50ms")).Single(static c => Name(c) == "privacy").GetProperty("verdict").GetString());

        string other = Path.Combine(_home, "made");
        Assert.Equal(0, (await RunAsync("init", "--data", other)).Exit);
        Assert.Equal("700", Convert.ToString((int)File.GetUnixFileMode(other), 8));
    }

    [Fact]
    public async Task A_verb_that_needs_the_store_to_itself_names_the_verb_that_has_it()
    {
        string data = Path.Combine(_home, "data");
        string secret = Path.Combine(_home, "secret");
        await using UpProcess up = await UpProcess.StartAsync(data);
        await File.WriteAllTextAsync(secret, "a passphrase\n");
        foreach (string[] verb in (string[][])[["store", "gc"], ["keys", "export", "author", "--out", Path.Combine(_home, "key"), "--passphrase-file", secret]])
        {
            (int exit, _, string errors) = await InProcess.RunAsync([.. verb, "--data", data]);
            Assert.Equal(5, exit);
            Assert.Contains("in use by `p2p up` (pid", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_cannot_be_a_folder_or_a_key_file_is_said_before_anything_is_asked()
    {
        string file = Path.Combine(_home, "no key");
        Directory.CreateDirectory(_home);
        await File.WriteAllTextAsync(file, "root:x:0:0\n");

        (int exit, _, string errors) = await InProcess.RunAsync("keys", "import", file, "--data", Path.Combine(_home, "data"));
        Assert.Equal(2, exit);
        Assert.Contains("P2P0015", errors, StringComparison.Ordinal); // not: there is no terminal to ask for the passphrase
        (exit, _, errors) = await InProcess.RunAsync("init", "--data", Path.Combine(file, "below"));
        Assert.Equal(1, exit);
        Assert.Contains("P2P0008", errors, StringComparison.Ordinal);
        Assert.Contains("--data", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_store_that_p2p_json_names_is_the_one_that_is_looked_after()
    {
        await WriteAsync("in the folder that the settings name");
        await File.WriteAllTextAsync(Path.Combine(_home, "p2p.json"), "{\"data\":\"data\"}\n");
        (string, string)[] elsewhere = [("XDG_DATA_HOME", Path.Combine(_home, "elsewhere")), ("HOME", Path.Combine(_home, "elsewhere"))];
        string backup = Path.Combine(_home, "there.car");
        foreach (string[] verb in new[] { ["stat"], ["verify"], ["backup", backup], ["gc"], ["restore", backup], new[] { "drop", "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku" } })
        {
            (int exit, string output, string errors) = await CommandLine.RunAsync(_home, elsewhere, ["store", .. verb, "--json"]);
            Assert.True(exit == (verb[0] == "drop" ? 3 : 0), $"store {verb[0]}: {exit} {output}{errors}");
            Assert.DoesNotContain("P2P5001", errors, StringComparison.Ordinal);
        }

        Assert.False(Directory.Exists(Path.Combine(_home, "elsewhere")));
    }

    private async Task WriteAsync(string line)
    {
        (int exit, _, string errors) = await CommandLine.RunAsync(
            "doc", "append", "notes", line, "--data", Path.Combine(_home, "data"), "--no-mdns", "--interface", "lo", "--timeout", "100ms");
        Assert.True(exit is 0 or 4, errors);
    }

    private Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync([.. arguments, "--json", .. arguments.Contains("--data") ? Array.Empty<string>() : ["--data", Path.Combine(_home, "data")]]);

    private async Task<JsonElement[]> FactsAsync(int expected, params string[] arguments)
    {
        (int exit, string output, string errors) = await RunAsync(arguments);
        Assert.True(exit == expected, $"{string.Join(' ', arguments)} ended with {exit}: {output}{errors}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(JsonOf)];
    }

    private static JsonElement JsonOf(string line) => JsonDocument.Parse(line).RootElement;
}
