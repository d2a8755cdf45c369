using System.Text;
using System.Text.Json;

namespace P2P.Cli.Tests;

/// <summary>What is damaged or lost in a data folder is said, with exit codes that a script can use.</summary>
public sealed class DamageTests : IDisposable
{
    private static readonly string[] s_alone = ["--interface", "lo", "--no-mdns", "--timeout", "50ms"];

    private readonly string _data = Directory.CreateTempSubdirectory("p2p-damage-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_log_with_a_rotten_entry_is_not_sound_and_the_block_is_named()
    {
        await RunAsync("log", "append", "audit", "the first entry");
        await RunAsync("log", "append", "audit", "the second entry");
        await RotAsync("the first entry");

        (int exit, string output, string errors) = await RunAsync("log", "verify", "audit", "--json");
        JsonElement report = JsonDocument.Parse(output.Trim()).RootElement;
        Assert.False(report.GetProperty("sound").GetBoolean());
        string missing = Assert.Single(report.GetProperty("missing").EnumerateArray()).GetString()!;
        Assert.Equal((3, "P2P8040"), (exit, CodeOf(errors)));
        Assert.Contains(missing, errors, StringComparison.Ordinal);
        (exit, _, errors) = await RunAsync("log", "cat", "audit", "--json");
        Assert.Equal((3, "P2P8040"), (exit, CodeOf(errors)));
    }

    [Fact]
    public async Task A_document_whose_first_block_is_gone_is_incomplete()
    {
        await RunAsync("doc", "append", "notes", "the first line");
        await RunAsync("doc", "append", "notes", "the second line");
        await RotAsync("the first line");

        (int exit, _, string errors) = await RunAsync("doc", "cat", "notes", "--json");
        Assert.Equal((3, "P2P8040"), (exit, CodeOf(errors)));
        Assert.Contains("1 block missing: bafy", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_is_gone_or_empty_is_said_by_doctor_status_and_whatever_looks_at_it(bool isEmpty)
    {
        await RunAsync("doc", "append", "notes", "a line");
        string path = Path.Combine(_data, "store.db");
        File.Delete(path);
        if (isEmpty)
        {
            await File.WriteAllBytesAsync(path, []);
        }

        (int exit, string output, string errors) = await RunAsync("doctor");
        Assert.Equal(1, exit);
        Assert.Contains($"store.db is {(isEmpty ? "empty" : "gone")}, and this folder had a store", output, StringComparison.Ordinal);
        (exit, output, _) = await RunAsync("status", "--json");
        Assert.Equal((0, true), (exit, JsonDocument.Parse(output).RootElement.GetProperty("storeLost").GetBoolean()));
        (exit, _, errors) = await RunAsync("store", "verify", "--json");
        Assert.Equal((6, "P2P5002"), (exit, CodeOf(errors)));
        (_, _, errors) = await RunAsync("doc", "append", "notes", "another");
        Assert.Contains("A new store is made now", errors, StringComparison.Ordinal);
        (_, output, _) = await RunAsync("status", "--json");
        Assert.False(JsonDocument.Parse(output).RootElement.GetProperty("storeLost").GetBoolean());
    }

    [Fact]
    public async Task A_file_where_the_folder_should_be_is_found_by_doctor()
    {
        string file = Path.Combine(_data, "file");
        await File.WriteAllTextAsync(file, "x");
        (int exit, string output, _) = await CommandLine.RunAsync(["doctor", "--data", file, .. s_alone]);
        Assert.Equal(1, exit);
        Assert.Contains("is a file, not a folder", output, StringComparison.Ordinal);
        (exit, _, string errors) = await CommandLine.RunAsync("init", "--data", file, "--json");
        Assert.Equal((1, "P2P0008"), (exit, CodeOf(errors)));
    }

    [Fact]
    public async Task Keys_that_are_not_there_are_not_found_and_files_that_are_none_are_a_mistake_of_usage()
    {
        string secret = Path.Combine(_data, "secret");
        await File.WriteAllTextAsync(secret, "correct horse");
        string[] passphrase = ["--passphrase-file", secret, "--json"];
        foreach (string which in new[] { "identity", "author" })
        {
            (int found, _, string why) = await RunAsync(["keys", "export", which, "--out", Path.Combine(_data, "out.key"), .. passphrase]);
            Assert.Equal((3, "P2P5001"), (found, CodeOf(why)));
        }

        foreach (string file in new[] { secret, Path.Combine(_data, "none.key") })
        {
            (int found, _, string why) = await RunAsync(["keys", "import", file, .. passphrase]);
            Assert.Equal((2, "P2P0015"), (found, CodeOf(why)));
        }

        (int exit, _, string errors) = await RunAsync(["keys", "new", "", "--out", Path.Combine(_data, "new.key"), .. passphrase]);
        Assert.Equal((2, "P2P8065"), (exit, CodeOf(errors)));
        Assert.Equal([secret], Directory.EnumerateFiles(_data));
    }

    [Fact]
    public async Task A_setting_that_cannot_be_read_is_said_by_every_verb_that_depends_on_it()
    {
        string broken = Path.Combine(_data, "p2p.json");
        foreach (string[] verb in new string[][] { ["config", "show"], ["status"], ["doc", "list"] })
        {
            await File.WriteAllTextAsync(broken, "{ nonsense");
            (int exit, _, string errors) = await CommandLine.RunAsync(_data, [], [.. verb, "--json", "--data", _data]);
            Assert.Equal((2, "P2P8063"), (exit, CodeOf(errors)));
            File.Delete(broken);
            (exit, _, errors) = await CommandLine.RunAsync(_data, [("P2P_PROFILE", "zz")], [.. verb, "--json", "--data", _data]);
            Assert.Equal((2, "P2P8063"), (exit, CodeOf(errors)));
        }
    }

    [Fact]
    public async Task What_is_not_there_starts_no_node_and_makes_no_document()
    {
        string none = Path.Combine(_data, "none");
        foreach (string[] verb in new string[][] { ["put", none], ["send", none], ["dag", "put", none] })
        {
            (int exit, _, string errors) = await RunAsync(verb);
            Assert.Equal(2, exit);
            Assert.StartsWith("p2p: P2P8003: ", errors, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_data));
        (int code, _, string why) = await RunAsync("doc", "ticket", "typo", "--json");
        Assert.Equal((3, "P2P8053"), (code, CodeOf(why)));
        (code, _, why) = await RunAsync("log", "append", "audit", "-"); // its input is at the end at once
        Assert.Equal(0, code);
        Assert.Contains("nothing was appended", why, StringComparison.Ordinal);
        (_, string output, _) = await RunAsync("doc", "list", "--json");
        Assert.Empty(output);
        (code, _, why) = await RunAsync("store", "drop", "foo", "--json");
        Assert.Equal((2, "P2P8064"), (code, CodeOf(why)));
        (code, _, why) = await RunAsync("clock", "itc", "--script", _data);
        Assert.Equal(2, code);
        Assert.Contains("It is a folder.", why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_node_on_the_folder_is_told_who_has_it()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        (int exit, _, string errors) = await RunAsync("up", "--json");
        Assert.Equal((5, "P2P0006"), (exit, CodeOf(errors)));
        Assert.Matches($@"in use by `p2p up` \(pid {up.Id}, since \d\d:\d\d\)", errors);
        Assert.DoesNotContain("serves no commands", errors, StringComparison.Ordinal);
    }

    private static string CodeOf(string errors) =>
        JsonDocument.Parse(errors.Trim().Split('\n')[^1]).RootElement.GetProperty("code").GetString()!;

    private async Task RotAsync(string text)
    {
        string path = Path.Combine(_data, "store.db");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        Assert.True(at >= 0, "the text is not in the database file");
        bytes[at] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
    }

    private Task<(int Exit, string Output, string Errors)> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync([.. arguments, "--data", _data, .. s_alone]);
}
