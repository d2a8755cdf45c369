using System.Diagnostics;
using System.Text.Json;
using P2P.TestSupport;

namespace P2P.Cli.Tests;

/// <summary>Two nodes, as two people have them: chat, edit, status, ping.</summary>
public sealed class TalkTests : IDisposable
{
    private readonly string _left = Directory.CreateTempSubdirectory("p2p-left-").FullName;
    private readonly string _right = Directory.CreateTempSubdirectory("p2p-right-").FullName;

    public void Dispose()
    {
        Directory.Delete(_left, recursive: true);
        Directory.Delete(_right, recursive: true);
    }

    [Fact]
    public async Task Who_comes_late_to_a_room_reads_what_was_said()
    {
        await using UpProcess left = await UpProcess.StartAsync(_left);
        Assert.Equal(0, await SayAsync(_left, "hello\nanybody there?\n", "chat"));

        await using UpProcess right = await UpProcess.StartAsync(_right, "--peer", left.Address);
        await right.NextAsync("peer.connected");
        await using Child late = CommandLine.StartWithInput("chat", "--data", _right, "--json", "-n", "5");
        foreach (string expected in (string[])["hello", "anybody there?"])
        {
            JsonElement message = JsonDocument.Parse((await late.ReadLineAsync())!).RootElement;
            Assert.Equal(("message", expected), (message.GetProperty("type").GetString(), message.GetProperty("text").GetString()));
            Assert.NotNull(message.GetProperty("claimedAt").GetString());
        }

        late.CloseInput();
        await late.SucceedAsync();
    }

    [Fact]
    public async Task Status_and_ping_speak_of_the_connected_peer()
    {
        await using UpProcess left = await UpProcess.StartAsync(_left, "--doc", "notes");
        await using UpProcess right = await UpProcess.StartAsync(_right, "--doc", "notes", "--peer", left.Address);
        string connected = await right.NextAsync("peer.connected");
        string peer = JsonDocument.Parse(connected).RootElement.GetProperty("peer").GetString()!;

        (int exit, string output, string errors) = await CommandLine.RunAsync("status", "--json", "--data", _right);
        Assert.True(exit == 0, errors);
        JsonElement status = JsonDocument.Parse(output).RootElement;
        Assert.Equal((true, 1), (status.GetProperty("running").GetBoolean(), status.GetProperty("peers").GetProperty("connected").GetInt32()));
        Assert.Equal("notes", status.GetProperty("documents")[0].GetProperty("name").GetString());
        Assert.Equal(0, (await CommandLine.RunAsync("ping", peer, "-c", "1", "--data", _right)).Exit);
        Assert.Equal(3, (await CommandLine.RunAsync("ping", "nobody-here", "-c", "1", "--data", _right)).Exit);
        Assert.Equal(0, (await CommandLine.RunAsync("peers", "list", "--data", _right)).Exit);
        Assert.Equal(2, (await CommandLine.RunAsync("peers", "add", "nonsense", "--data", _right)).Exit);

        Assert.Equal(0, await right.EndAsync("TERM"));
        Assert.Equal(130, await left.EndAsync("INT"));
        (exit, output, _) = await CommandLine.RunAsync("status", "--data", _right);
        Assert.Equal(0, exit);
        Assert.Contains("no node is running; 1 document", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_edit_keeps_what_others_wrote_meanwhile()
    {
        await using UpProcess up = await UpProcess.StartAsync(_left);
        await CommandLine.RunAsync("doc", "append", "notes", "one\ntwo\nthree", "--data", _left, "--timeout", "50ms");
        string editor = Path.Combine(_left, "editor.sh");
        // While the editor is open somebody appends.
        await File.WriteAllTextAsync(editor, $"#!/bin/sh\nsed -i -e 's/one/ONE/' -e 's/three/THREE/' \"$1\"\ndotnet '{Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll")}' doc append notes meanwhile --data '{_left}' --timeout 50ms\n");

        ProcessStartInfo start = new("dotnet");
        Array.ForEach([Path.Combine(AppContext.BaseDirectory, "P2P.Cli.dll"), "doc", "edit", "notes", "--data", _left, "--timeout", "50ms", "--json"], start.ArgumentList.Add);
        start.Environment["EDITOR"] = $"sh {editor}";
        start.Environment.Remove("VISUAL");
        await using Child edit = Child.Start(start);
        string output = await edit.SucceedAsync();
        Assert.Equal(2, Lines(output, "edited").Single().GetProperty("splices").GetInt32());
        (_, string text, _) = await CommandLine.RunAsync("doc", "cat", "notes", "--data", _left, "--timeout", "50ms");
        Assert.Equal("ONE\ntwo\nTHREE\nmeanwhile\n", text);

        (int exit, output, _) = await CommandLine.RunAsync("doc", "list", "--json", "--data", _left);
        Assert.Equal(0, exit);
        Assert.True(Lines(output, "document.listed").Single().GetProperty("open").GetBoolean());
    }

    [Fact]
    public async Task Doctor_asks_the_running_node_and_says_the_next_step()
    {
        await using UpProcess left = await UpProcess.StartAsync(_left, "--doc", "notes");
        (int exit, string output, string errors) = await CommandLine.RunAsync("doctor", "--json", "--data", _left, "--timeout", "100ms");
        Assert.True(exit == 1, errors);
        Dictionary<string, JsonElement> checks = Lines(output, "check").ToDictionary(static c => c.GetProperty("name").GetString()!);
        Assert.Equal(["runtime", "clock", "identity", "store"], checks.Keys.Take(4));
        Assert.Equal("problem", checks["peers"].GetProperty("verdict").GetString());
        Assert.Contains(left.Address, checks["peers"].GetProperty("next").GetString(), StringComparison.Ordinal);
        Assert.Equal("ok", checks["TCP"].GetProperty("verdict").GetString());
        Assert.Equal("ok", checks["limits"].GetProperty("verdict").GetString());
        Assert.Equal("skipped", checks["sync notes"].GetProperty("verdict").GetString());

        await using UpProcess right = await UpProcess.StartAsync(_right, "--doc", "notes", "--peer", left.Address);
        await right.NextAsync("peer.connected");
        await CommandLine.RunAsync("doc", "append", "notes", "x", "--data", _right, "--timeout", "90s");
        (exit, output, errors) = await CommandLine.RunAsync("doctor", "--json", "--data", _right, "--timeout", "90s");
        checks = Lines(output, "check").ToDictionary(static c => c.GetProperty("name").GetString()!);
        Assert.True(exit == 0, output + errors);
        Assert.Equal("ok", checks["sync notes"].GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task A_message_reaches_who_listens_and_nobody_is_told_so()
    {
        await using UpProcess left = await UpProcess.StartAsync(_left);
        Assert.Equal(4, (await CommandLine.RunAsync("pub", "news", "x", "--data", _left, "--timeout", "100ms")).Exit);
        await using UpProcess right = await UpProcess.StartAsync(_right, "--peer", left.Address);
        await right.NextAsync("peer.connected");
        await using Child listener = CommandLine.Start("sub", "news", "--json", "--data", _right);
        (int exit, _, string errors) = await CommandLine.RunAsync("pub", "news", "it rains", "--data", _left, "--timeout", "90s");
        Assert.True(exit == 0, errors);
        JsonElement message = JsonDocument.Parse((await listener.ReadLineAsync())!).RootElement;
        Assert.Equal("it rains", message.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_document_is_left_and_deleted_and_a_key_moves_with_its_passphrase()
    {
        string[] on = ["--data", _left, "--interface", "lo", "--no-mdns", "--timeout", "50ms", "--json"];
        await CommandLine.RunAsync(["doc", "append", "notes", "x", .. on]);
        Assert.Equal(0, (await CommandLine.RunAsync(["doc", "leave", "notes", .. on])).Exit);
        Assert.Equal(2, (await CommandLine.RunAsync(["doc", "delete", "notes", .. on])).Exit);
        (int exit, string output, _) = await CommandLine.RunAsync(["doc", "delete", "notes", "--yes", .. on]);
        Assert.Equal(0, exit);
        Assert.Equal(1, Lines(output, "left").Single().GetProperty("eventsErased").GetInt32());

        string secret = Path.Combine(_left, "secret");
        string file = Path.Combine(_left, "ops.key");
        await File.WriteAllTextAsync(secret, "correct horse\n");
        (exit, output, string errors) = await CommandLine.RunAsync(["keys", "export", "identity", "--out", file, "--passphrase-file", secret, .. on]);
        Assert.True(exit == 0, errors);
        string peer = Lines(output, "key").Single().GetProperty("peer").GetString()!;
        await File.WriteAllTextAsync(secret + "2", "wrong\n");
        Assert.Equal(6, (await CommandLine.RunAsync("keys", "import", file, "--passphrase-file", secret + "2", "--data", _right)).Exit);
        Assert.Equal(0, (await CommandLine.RunAsync("keys", "import", file, "--passphrase-file", secret, "--data", _right)).Exit);
        (_, output, _) = await CommandLine.RunAsync("keys", "show", "identity", "--json", "--data", _right);
        JsonElement key = Lines(output, "key").Single();
        Assert.Equal(peer, key.GetProperty("peer").GetString());
        Assert.StartsWith("did:key:z6Mk", key.GetProperty("did").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("k51qzi5uqu5d", key.GetProperty("base36").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_sides_of_doctor_meet()
    {
        await using FileStream turn = await TurnAsync();
        await using Child waiting = CommandLine.Start("doctor", "--listen", "--data", _left, "--timeout", "4m");
        int exit = -1;
        CancellationToken watchdog = Watchdog.Start();
        while (exit != 0)
        {
            Assert.False(waiting.HasExited || watchdog.IsCancellationRequested, "they never met");
            exit = (await CommandLine.RunAsync("doctor", "--to", "127.0.0.1", "--data", _right)).Exit;
        }

        string said = (await waiting.SignalAsync("INT")).Output;
        Assert.Contains("connections came through", said, StringComparison.Ordinal);
        Assert.Contains("packets came through", said, StringComparison.Ordinal);
    }

    // The port of this check is one of the machine, on which other runs of these tests may be.
    private static async Task<FileStream> TurnAsync()
    {
        CancellationToken watchdog = Watchdog.Start();
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Path.GetTempPath(), "p2p-doctor-tests.lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            }
            catch (IOException)
            {
                await Task.Delay(100, watchdog);
            }
        }
    }

    private static IEnumerable<JsonElement> Lines(string output, string type) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(static l => l.StartsWith('{')).Select(static l => JsonDocument.Parse(l).RootElement).Where(l => l.GetProperty("type").GetString() == type);

    private static async Task<int> SayAsync(string data, string lines, params string[] arguments)
    {
        await using Child command = CommandLine.StartWithInput([.. arguments, "--data", data]);
        await command.WriteAsync(lines);
        command.CloseInput();
        return (await command.EndAsync()).Exit;
    }
}
