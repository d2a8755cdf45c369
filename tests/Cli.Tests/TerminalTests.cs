using System.Text;
using System.Text.Json.Nodes;
using P2P.Crdt.Events;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Testing;

namespace P2P.Cli.Tests;

/// <summary>What others wrote reaches files and pipes as it is, and never steers a terminal.</summary>
public sealed class TerminalTests : IDisposable
{
    private const string Hostile = "a\u001b[31mred\u001b]0;title\ab \u009b2J \u202eturned\tend\n";

    private static readonly string[] s_alone = ["--interface", "lo", "--no-mdns", "--timeout", "100ms"];

    private readonly string _data = Directory.CreateTempSubdirectory("p2p-terminal-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_document_is_shown_and_not_obeyed()
    {
        await DoneAsync(TerminalUse.None, Encoding.UTF8.GetBytes(Hostile), "doc", "append", "notes", "-");

        Assert.Equal(Hostile, await DoneAsync(TerminalUse.None, [], "doc", "cat", "notes"));
        Assert.Equal("a\u241b[31mred\u241b]0;title\u2407b \ufffd2J \ufffdturned\tend\n", await DoneAsync(TerminalUse.Output, [], "doc", "cat", "notes"));
        foreach (string[] verb in (string[][])[["doc", "history", "notes"], ["doc", "watch", "notes"], ["doc", "cat", "notes", "--json"]])
        {
            AssertHarmless(await DoneAsync(TerminalUse.Output, [], verb));
        }
    }

    [Fact]
    public async Task Bytes_are_shown_as_text_and_not_obeyed()
    {
        string cid = (await DoneAsync(TerminalUse.None, Encoding.UTF8.GetBytes(Hostile), "put", "-")).Trim();

        Assert.Equal(Hostile, await DoneAsync(TerminalUse.None, [], "get", cid, "-o", "-"));
        string shown = await DoneAsync(TerminalUse.Output, [], "get", cid, "-o", "-");
        AssertHarmless(shown);
        Assert.Contains("end\n", shown, StringComparison.Ordinal);
        await DoneAsync(TerminalUse.None, Encoding.UTF8.GetBytes(Hostile), "doc", "append", "notes", "-");
        AssertHarmless(await DoneAsync(TerminalUse.Output, [], "car", "export", "-", "--doc", "notes"));
    }

    [Fact]
    public async Task Logs_and_rooms_are_shown_and_not_obeyed()
    {
        await DoneAsync(TerminalUse.None, Encoding.UTF8.GetBytes(Hostile), "log", "append", "audit", "-");
        AssertHarmless(await DoneAsync(TerminalUse.Output, [], "log", "cat", "audit"));
        await DoneAsync(TerminalUse.None, Encoding.UTF8.GetBytes(Hostile), "chat", "room");
        AssertHarmless(await DoneAsync(TerminalUse.Output, [], "chat", "room"));
    }

    [Fact]
    public async Task A_document_whose_name_steers_is_listed_without_harm()
    {
        string id;
        P2POptions options = new() { DataDirectory = _data, Mdns = false, Listen = [Core.Multiformats.Multiaddr.Parse("/ip4/127.0.0.1/tcp/0")] };
        await using (P2PNode node = await P2PNode.StartAsync(options))
        {
            TextDocument named = await node.Documents.OpenAsync(new Ticket(Genesis.Create(node.Network, "a\u001b[2Jb\nc"), []));
            await named.AppendAsync("x\n");
            id = named.Id.ToString();
        }

        foreach (string[] verb in (string[][])[["doc", "list"], ["store", "stat"], ["clock", "show", id], ["doc", "cat", id], ["doc", "append", id, "y"], ["status"], ["doctor"]])
        {
            (int exit, string output, string errors) = await InProcess.RunAsync(TerminalUse.Output | TerminalUse.Errors, [], [.. verb, "--data", _data, .. s_alone]);
            Assert.True(exit != 2, errors);
            AssertHarmless(output);
            AssertHarmless(errors);
            Assert.DoesNotContain("b\nc", output + errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_new_name_that_steers_is_refused()
    {
        foreach (string[] verb in (string[][])[["doc", "append", "a\u001b[2J", "x"], ["doc", "open", "a\nb"], ["log", "append", "a\u202eb", "x"], ["chat", "a\ab"]])
        {
            (int exit, _, string errors) = await InProcess.RunAsync([.. verb, "--data", _data, .. s_alone]);
            Assert.Equal(2, exit);
            Assert.Contains("control characters", errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_line_and_every_message_is_harmless(bool json)
    {
        StringWriter data = new();
        StringWriter talk = new();
        Output output = new(json, new ManualTime(), data, talk) { CanMoveCursor = true, IsShown = true };
        output.Fact("message", new JsonObject { ["text"] = Hostile }, Hostile);
        output.Result("value", new JsonObject { ["text"] = Hostile });
        output.Raw(Hostile);
        output.Say(Hostile);
        output.Error("P2P0001", Hostile, Hostile);
        AssertHarmless(data.ToString());
        AssertHarmless(talk.ToString());
        output.Fact("message", [], "mine", overLast: true);
        Assert.Equal(!json, data.ToString().EndsWith("\u001b[1A\u001b[2Kmine\n", StringComparison.Ordinal)); // ours
    }

    private async Task<string> DoneAsync(TerminalUse terminal, byte[] input, params string[] arguments)
    {
        (int exit, string output, string errors) = await InProcess.RunAsync(terminal, input, [.. arguments, "--data", _data, .. s_alone]);
        Assert.True(exit == 0, $"{string.Join(' ', arguments)}: {exit} {errors}");
        AssertHarmless(errors);
        return output;
    }

    private static void AssertHarmless(string shown) =>
        Assert.DoesNotContain(shown, static c => c is (< ' ' and not '\n' and not '\t') or '\u007f' or (>= '\u0080' and <= '\u009f'));
}
