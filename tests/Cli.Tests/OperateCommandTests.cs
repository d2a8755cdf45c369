using System.Text.Json;
using P2P.Core.Identity;

namespace P2P.Cli.Tests;

/// <summary>Verbs that look after a running node, and what they say when none runs.</summary>
public sealed class OperateCommandTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-operate-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Metrics_and_the_link_of_the_dashboard_come_from_the_running_node()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data, "--doc", "notes");
        (int exit, string output, string errors) = await CommandLine.RunAsync("metrics", "--data", _data);
        Assert.True(exit == 0, errors);
        Assert.Contains("# TYPE p2p_node_documents gauge\np2p_node_documents 1\n", output, StringComparison.Ordinal);
        (_, output, _) = await CommandLine.RunAsync("metrics", "--json", "--data", _data);
        JsonElement documents = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement)
            .Single(static l => l.GetProperty("name").GetString() == "p2p_node_documents");
        Assert.Equal(("metric", "gauge", 1.0), (documents.GetProperty("type").GetString(), documents.GetProperty("kind").GetString(), documents.GetProperty("value").GetDouble()));

        (exit, output, _) = await CommandLine.RunAsync("dash", "--data", _data);
        Assert.Equal(0, exit);
        using HttpClient browser = new();
        using HttpResponseMessage page = await browser.GetAsync(new Uri(output.Trim()));
        Assert.True(page.IsSuccessStatusCode, $"{page.StatusCode}");
    }

    [Fact]
    public async Task The_token_of_the_dashboard_is_printed_for_who_asks_and_stands_in_no_journal()
    {
        string token;
        await using (UpProcess up = await UpProcess.StartAsync(_data))
        {
            (_, string link, _) = await CommandLine.RunAsync("dash", "--data", _data);
            token = link.Trim().Split("#t=")[1];
            (_, string status, _) = await CommandLine.RunAsync("status", "--json", "--data", _data);
            Assert.StartsWith("http://127.0.0.1:", JsonDocument.Parse(status).RootElement.GetProperty("dashboard").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain(token, status, StringComparison.Ordinal);
            JsonElement ready = JsonDocument.Parse(up.Ready).RootElement;
            Assert.StartsWith("http://127.0.0.1:", ready.GetProperty("dashboard").GetString(), StringComparison.Ordinal);
            Assert.Equal(0, await up.EndAsync("TERM"));
            Assert.DoesNotContain(token, await up.PrintedAsync(), StringComparison.Ordinal);
        }

        (int exit, string output, string errors) = await CommandLine.RunAsync("up", "--data", _data, "--interface", "lo", "--no-mdns", "--dashboard-port", "0", "--timeout", "50ms");
        Assert.Equal(0, exit);
        Assert.Contains("p2p dash prints the link", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("#t=", output + errors, StringComparison.Ordinal); // neither stream is a terminal
    }

    [Fact]
    public async Task A_document_that_was_left_is_not_followed_again_by_the_next_up()
    {
        string[] on = ["--data", _data, "--interface", "lo", "--no-mdns", "--timeout", "50ms"];
        Assert.Equal(0, (await CommandLine.RunAsync(["doc", "append", "left", "x", .. on])).Exit);
        Assert.Equal(0, (await CommandLine.RunAsync(["doc", "append", "kept", "x", .. on])).Exit);
        Assert.Equal(0, (await CommandLine.RunAsync(["doc", "leave", "left", .. on])).Exit);

        Assert.Equal(["kept"], await FollowedAsync());
        (_, string output, _) = await CommandLine.RunAsync("doc", "list", "--data", _data);
        Assert.Contains(output.Split('\n'), static line => line.StartsWith("left ", StringComparison.Ordinal) && line.Contains("  left ", StringComparison.Ordinal));
        Assert.Equal(["kept", "left"], await FollowedAsync("--doc", "left")); // said, so it is opened again
        Assert.Equal(["kept", "left"], await FollowedAsync());
    }

    [Fact]
    public async Task A_new_identity_is_written_to_no_disk_but_sealed()
    {
        string secret = Path.Combine(_data, "secret");
        string file = Path.Combine(_data, "ops.key");
        await File.WriteAllTextAsync(secret, "correct horse\n");
        // Whoever writes it somewhere else first has nowhere to write to.
        (string, string)[] nowhere = [("TMPDIR", Path.Combine(_data, "none")), ("TMP", Path.Combine(_data, "none")), ("P2P_HOME", Path.Combine(_data, "none"))];
        (int exit, string output, string errors) = await CommandLine.RunAsync(_data, nowhere, "keys", "new", "ops", "--out", file, "--passphrase-file", secret, "--json");
        Assert.True(exit == 0, errors);
        Assert.Equal([file, secret], Directory.EnumerateFileSystemEntries(_data).Order(StringComparer.Ordinal));
        string made = JsonDocument.Parse(output).RootElement.GetProperty("peer").GetString()!;
        (exit, output, errors) = await CommandLine.RunAsync("keys", "import", file, "--passphrase-file", secret, "--json", "--data", Path.Combine(_data, "node"));
        Assert.True(exit == 0, errors);
        Assert.Equal(made, JsonDocument.Parse(output).RootElement.GetProperty("peer").GetString());
    }

    [Fact]
    public async Task A_banned_peer_is_cut_off_and_refused_until_it_is_unbanned()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        string other = Path.Combine(_data, "other");
        await using UpProcess guest = await UpProcess.StartAsync(other, "--peer", up.Address);
        await guest.NextAsync("peer.connected");
        (_, string output, _) = await CommandLine.RunAsync("peers", "--json", "--data", _data);
        string name = JsonDocument.Parse(output).RootElement.GetProperty("name").GetString()!;
        string peer = JsonDocument.Parse(output).RootElement.GetProperty("peer").GetString()!;

        (int exit, output, string errors) = await CommandLine.RunAsync("peers", "ban", name, "--for", "2h", "--json", "--data", _data);
        Assert.True(exit == 0, errors);
        JsonElement banned = JsonDocument.Parse(output).RootElement;
        Assert.Equal(("peer.banned", peer, "ByHand"), (banned.GetProperty("type").GetString(), banned.GetProperty("peer").GetString(), banned.GetProperty("reason").GetString()));
        await guest.NextAsync("peer.disconnected");
        Assert.Equal(4, (await CommandLine.RunAsync("peers", "--data", _data)).Exit);
        (_, output, _) = await CommandLine.RunAsync("peers", "ban", "--data", _data);
        Assert.Contains(peer, output, StringComparison.Ordinal);

        Assert.Equal(0, (await CommandLine.RunAsync("peers", "unban", name, "--data", _data)).Exit);
        await guest.NextAsync("peer.connected"); // it tries again by itself
        Assert.Equal(3, (await CommandLine.RunAsync("peers", "unban", peer, "--data", _data)).Exit);
        Assert.Equal(3, (await CommandLine.RunAsync("peers", "ban", "nobody-here", "--data", _data)).Exit);
        Assert.Equal(2, (await CommandLine.RunAsync("peers", "ban", peer, "--for", "soon", "--data", _data)).Exit);
    }

    [Fact]
    public async Task The_DHT_finds_providers_peers_and_values_and_says_when_nobody_is_there()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        (int exit, _, string errors) = await CommandLine.RunAsync("dht", "table", "--json", "--timeout", "100ms", "--data", _data);
        Assert.Equal(4, exit);
        Assert.Contains("\"code\":\"no-peers\"", errors, StringComparison.Ordinal);

        string other = Path.Combine(_data, "other");
        await using UpProcess guest = await UpProcess.StartAsync(other, "--peer", up.Address);
        string peer = up.Address[(up.Address.LastIndexOf('/') + 1)..];
        string file = Path.Combine(_data, "a.txt");
        await File.WriteAllTextAsync(file, "content");
        string cid = (await CommandLine.RunAsync("put", file, "--data", _data)).Output.Trim();
        JsonElement told = await OneAsync("dht.provided", "dht", "provide", cid, "--data", _data);
        Assert.Equal((cid, 1), (told.GetProperty("cid").GetString(), told.GetProperty("sent").GetInt32()));
        Assert.Equal(peer, (await OneAsync("dht.provider", "dht", "provs", cid, "--data", other)).GetProperty("peer").GetString());
        Assert.Equal(3, (await CommandLine.RunAsync("dht", "provs", "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq", "--data", _data)).Exit);
        Assert.Equal(3, (await CommandLine.RunAsync("dht", "provide", "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq", "--data", _data)).Exit);

        Assert.Equal(peer, (await OneAsync("dht.peer", "dht", "find", peer, "--data", other)).GetProperty("peer").GetString());
        Assert.Equal(peer, (await OneAsync("dht.entry", "dht", "table", "--data", other)).GetProperty("peer").GetString());
        Assert.Equal(2, (await CommandLine.RunAsync("dht", "find", "nobody", "--data", _data)).Exit);

        // An Ed25519 peer id holds its public key behind two bytes of multihash.
        byte[] key = PeerId.Parse(peer).Bytes[2..].ToArray();
        await File.WriteAllBytesAsync(file, key);
        Assert.Equal(3, (await CommandLine.RunAsync("dht", "get", $"/pk/{peer}", "--data", other)).Exit);
        Assert.Equal(1, (await OneAsync("dht.stored", "dht", "put", $"/pk/{peer}", file, "--data", _data)).GetProperty("stored").GetInt32());
        JsonElement value = await OneAsync("dht.value", "dht", "get", $"/pk/{peer}", "--data", other);
        Assert.Equal(key, value.GetProperty("value").GetBytesFromBase64());
        Assert.Equal(7, (await CommandLine.RunAsync("dht", "put", "/other/key", file, "--data", _data)).Exit);
    }

    [Fact]
    public async Task The_DHT_is_asked_by_a_node_of_the_command_where_none_runs()
    {
        await using UpProcess up = await UpProcess.StartAsync(_data);
        string[] alone = ["--interface", "lo", "--no-mdns", "--json", "--data", Path.Combine(_data, "other")];
        Assert.Equal(4, (await CommandLine.RunAsync(["dht", "table", "--timeout", "100ms", .. alone])).Exit);
        JsonElement entry = await OneAsync("dht.entry", ["dht", "table", "--timeout", "60s", "--peer", up.Address, .. alone]);
        Assert.EndsWith(entry.GetProperty("peer").GetString()!, up.Address, StringComparison.Ordinal);
    }

    private async Task<string[]> FollowedAsync(params string[] arguments)
    {
        await using UpProcess up = await UpProcess.StartAsync(_data, ["--no-dashboard", .. arguments]);
        return [.. JsonDocument.Parse(up.Ready).RootElement.GetProperty("documents").EnumerateArray().Select(static d => d.GetString()!).Order(StringComparer.Ordinal)];
    }

    private static async Task<JsonElement> OneAsync(string type, params string[] arguments)
    {
        (int exit, string output, string errors) = await CommandLine.RunAsync([.. arguments, .. arguments.Contains("--json") ? [] : (string[])["--json"]]);
        Assert.True(exit == 0, output + errors);
        JsonElement line = JsonDocument.Parse(output).RootElement;
        Assert.Equal(type, line.GetProperty("type").GetString());
        return line;
    }

    [Fact]
    public async Task Without_a_running_node_they_say_how_to_get_one()
    {
        foreach (string[] verb in (string[][])[["metrics"], ["dash"], ["peers", "ban"], ["peers", "unban", "somebody"]])
        {
            (int exit, string output, string errors) = await CommandLine.RunAsync([.. verb, "--json", "--data", _data]);
            Assert.Equal((3, string.Empty), (exit, output));
            JsonElement error = JsonDocument.Parse(errors).RootElement;
            Assert.Equal(("error", "no-node"), (error.GetProperty("type").GetString(), error.GetProperty("code").GetString()));
            Assert.Contains("p2p up", error.GetProperty("hint").GetString(), StringComparison.Ordinal);
        }

        await using UpProcess up = await UpProcess.StartAsync(_data, "--no-dashboard");
        (int code, _, string said) = await CommandLine.RunAsync("dash", "--data", _data);
        Assert.Equal(3, code);
        Assert.Contains("without --no-dashboard", said, StringComparison.Ordinal);
    }
}
