using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using P2P.Dashboard.Security;
using P2P.Node;
using P2P.Node.Documents;
using P2P.Node.Logs;

namespace P2P.Dashboard.Tests;

/// <summary>The conversation of an editor with a document.</summary>
public sealed class EditSocketTests
{
    private static readonly DashboardOptions s_write = new() { AllowWrites = true, MessageBytesMax = 4096 };

    [Fact]
    public async Task An_editor_hears_the_text_then_its_own_edit_then_those_of_others()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        await notes.AppendAsync("one\n");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=notes");
        JsonNode hello = await ReceiveAsync(socket);
        Assert.Equal("one\n", (string?)hello["text"]);
        Assert.True((bool)hello["write"]!);
        Assert.Equal(s_write.MessageBytesMax, (int)hello["max"]!); // what is longer comes in pieces

        await SendAsync(socket, Edit(1, (long)hello["v"]!, (0, 3, "ONE"), (4, 4, "two\n")));
        JsonNode own = await ReceiveAsync(socket);
        Assert.Equal("ONE\ntwo\n", Play("one\n", own));
        Assert.All(own["r"]!.AsArray(), run => Assert.Equal(1, (int?)run!["n"]));
        Assert.Equal("ONE\ntwo\n", notes.Text);

        await notes.InsertAsync(0, "zero\n");
        JsonNode theirs = await ReceiveAsync(socket);
        Assert.Equal("zero\nONE\ntwo\n", Play("ONE\ntwo\n", theirs));
        Assert.All(theirs["r"]!.AsArray(), run => Assert.Null((int?)run!["n"]));
        Assert.Equal(notes.Snapshot.Length, (int)theirs["len"]!);
    }

    [Fact]
    public async Task An_edit_based_on_what_an_editor_saw_lands_where_it_was_meant()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        await notes.AppendAsync("the end");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=notes");
        JsonNode hello = await ReceiveAsync(socket);
        await notes.InsertAsync(0, "once, ");
        await SendAsync(socket, Edit(1, (long)hello["v"]!, (7, 7, ".")));
        string text = "the end";
        while (text != "once, the end.")
        {
            text = Play(text, await ReceiveAsync(socket));
        }

        Assert.Equal("once, the end.", notes.Text);
    }

    [Fact]
    public async Task A_version_it_was_never_told_of_is_refused_by_number()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=notes");
        await ReceiveAsync(socket);
        await SendAsync(socket, Edit(7, 99, (0, 0, "x")));
        JsonNode answer = await ReceiveAsync(socket);
        Assert.Equal(("refused", 7), ((string?)answer["t"], (int?)answer["n"]));
        Assert.Empty(notes.Text);
    }

    [Fact]
    public async Task Where_this_node_may_not_write_an_editor_is_told_before_and_an_edit_is_refused_by_its_code()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        await using P2PNode owner = await DashboardUnderTest.StartNodeAsync([]);
        TextDocument closed = await dashboard.Node.Documents.CreateAsync(
            new DocumentOptions { Name = "closed", Writers = WriterPolicy.Allow([owner.Author.Key!.Value]) }, DashboardUnderTest.Watchdog());
        Assert.Equal("NotAWriter", (string?)(await dashboard.GetAsync("api/documents"))[0]!["cannotWrite"]);
        using ClientWebSocket socket = await dashboard.OpenAsync($"api/edit?doc={closed.Id}");
        JsonNode hello = await ReceiveAsync(socket);
        Assert.False((bool)hello["write"]!);
        await SendAsync(socket, Edit(1, (long)hello["v"]!, (0, 0, "x")));
        JsonNode answer = await ReceiveAsync(socket);
        Assert.Equal(("refused", 1, "P2P0012"), ((string?)answer["t"], (int?)answer["n"], (string?)answer["code"]));
        Assert.Empty(closed.Text);
    }

    [Fact]
    public async Task A_log_takes_no_text_and_a_text_with_entries_does()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        IReplicatedLog<string> audit = await dashboard.Node.Logs.OpenAsync("audit", DashboardUnderTest.Watchdog());
        TextDocument document = await dashboard.OpenDocumentAsync("audit");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=audit");
        JsonNode hello = await ReceiveAsync(socket);
        await audit.AppendAsync("entry one", DashboardUnderTest.Watchdog()); // it becomes a log while the editor is open
        await SendAsync(socket, Edit(1, (long)hello["v"]!, (0, 0, "x")));
        JsonNode answer = await ReceiveAsync(socket);
        Assert.Equal(("refused", 1), ((string?)answer["t"], (int?)answer["n"]));
        Assert.Contains("log", (string?)answer["why"], StringComparison.Ordinal);
        Assert.Empty(document.Text);

        await document.AppendAsync("text\n");
        await SendAsync(socket, Edit(2, (long)(await ReceiveAsync(socket))["v"]!, (0, 0, "x")));
        Assert.Equal("text", (string?)(await ReceiveAsync(socket))["t"]);
        Assert.Equal("xtext\n", document.Text);
    }

    [Theory]
    [InlineData(0, 9)]
    [InlineData(3, 1)]
    public async Task An_edit_outside_the_text_changes_nothing(int first, int second)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        await notes.AppendAsync("abcd");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=notes");
        JsonNode hello = await ReceiveAsync(socket);
        await SendAsync(socket, Edit(1, (long)hello["v"]!, (first, first, "x"), (second, second, "y"))); // outside, or out of order
        Assert.Equal("refused", (string?)(await ReceiveAsync(socket))["t"]);
        Assert.Equal("abcd", notes.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"t\":\"edit\"}")]
    [InlineData("{\"t\":\"edit\",\"n\":1,\"v\":1,\"c\":[[0,0]]}")]
    [InlineData("{\"t\":\"edit\",\"n\":1,\"v\":1,\"c\":[[-1,0,\"\"]]}")]
    [InlineData("{\"t\":\"edit\",\"n\":1,\"v\":1,\"c\":[[0,0,\"\\ud800\"]]}")]
    [InlineData("{\"t\":\"edit\",\"n\":1e99,\"v\":1,\"c\":[]}")]
    [InlineData("{\"t\":\"caret\",\"v\":1,\"a\":-1,\"h\":0}")]
    [InlineData("{\"t\":\"other\",\"v\":1}")]
    public async Task What_is_no_message_closes_the_socket_by_name(string message)
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        await dashboard.OpenDocumentAsync("notes");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=notes");
        await ReceiveAsync(socket);
        await SendAsync(socket, message);
        Assert.Equal("Malformed", await ClosedAsync(socket));
        CancellationToken watchdog = DashboardUnderTest.Watchdog();
        while (dashboard.Host.Server.Refused(DashboardRefusal.Malformed) != 1) // counted behind the close
        {
            watchdog.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    [Fact]
    public async Task A_long_message_closes_the_socket_by_name()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        await dashboard.OpenDocumentAsync("notes");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=notes");
        await ReceiveAsync(socket);
        await SendAsync(socket, Edit(1, 1, (0, 0, new string('x', 5_000))));
        Assert.Equal("TooLarge", await ClosedAsync(socket));
    }

    [Fact]
    public async Task A_read_only_dashboard_takes_no_edit_but_tells_the_text()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=notes");
        JsonNode hello = await ReceiveAsync(socket);
        Assert.False((bool)hello["write"]!);
        await SendAsync(socket, Edit(1, (long)hello["v"]!, (0, 0, "x")));
        Assert.Equal("ReadOnly", await ClosedAsync(socket));
        Assert.Empty(notes.Text);
    }

    [Fact]
    public async Task No_more_sockets_than_allowed_are_open()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(new DashboardOptions { SocketsMax = 1 });
        await dashboard.OpenDocumentAsync("notes");
        using ClientWebSocket first = await dashboard.OpenAsync("api/edit?doc=notes");
        await Assert.ThrowsAsync<WebSocketException>(() => dashboard.OpenAsync("api/edit?doc=notes"));
        Assert.Equal(1, dashboard.Host.Server.Refused(DashboardRefusal.Sockets));
    }

    [Fact]
    public async Task Browsers_of_one_node_see_each_others_carets_and_other_nodes_the_one_that_moved_last()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync(s_write);
        TextDocument notes = await dashboard.OpenDocumentAsync("notes");
        await notes.AppendAsync("one two three");
        await notes.FlushAsync();
        await using P2PNode other = await DashboardUnderTest.StartNodeAsync([.. dashboard.Node.Addresses]);
        TextDocument there = await other.Documents.OpenAsync("notes", DashboardUnderTest.Watchdog());
        using ClientWebSocket first = await dashboard.OpenAsync("api/edit?doc=notes");
        using ClientWebSocket second = await dashboard.OpenAsync("api/edit?doc=notes");
        (long left, long right) = ((long)(await ReceiveAsync(first))["v"]!, (long)(await ReceiveAsync(second))["v"]!);

        await SendAsync(first, Caret(left, 3, 3));
        await SeesAsync(second, $"{dashboard.Node.Name} (window 1)", 3, 3);
        await ShownAsync(there, 3);
        await SendAsync(second, Caret(right, 4, 7));
        await SeesAsync(first, $"{dashboard.Node.Name} (window 2)", 4, 7);
        await ShownAsync(there, 7);

        await notes.InsertAsync(0, "zero "); // carets stay with their text
        using ClientWebSocket third = await dashboard.OpenAsync("api/edit?doc=notes");
        await SeesAsync(third, $"{dashboard.Node.Name} (window 1)", 8, 8);
        await second.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, DashboardUnderTest.Watchdog());
        await SeesAsync(third, $"{dashboard.Node.Name} (window 1)", 8, 8, count: 1);
        await ShownAsync(there, 8); // the one who stays
        await first.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, DashboardUnderTest.Watchdog());
        await ShownAsync(there, null);
    }

    [Fact]
    public async Task Closing_the_dashboard_closes_its_sockets()
    {
        await using DashboardUnderTest dashboard = await DashboardUnderTest.StartAsync();
        await dashboard.OpenDocumentAsync("notes");
        using ClientWebSocket socket = await dashboard.OpenAsync("api/edit?doc=notes");
        await ReceiveAsync(socket);
        Task closing = dashboard.Host.DisposeAsync().AsTask();
        Assert.Empty(await ClosedAsync(socket) ?? string.Empty);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, DashboardUnderTest.Watchdog()); // as a browser does by itself
        await closing;
    }

    private static string Edit(int number, long version, params (int From, int To, string Text)[] changes) => new JsonObject
    {
        ["t"] = "edit",
        ["n"] = number,
        ["v"] = version,
        ["c"] = new JsonArray([.. changes.Select(static c => (JsonNode)new JsonArray(c.From, c.To, c.Text))]),
    }.ToJsonString();

    private static string Caret(long version, int anchor, int head) =>
        new JsonObject { ["t"] = "caret", ["v"] = version, ["a"] = anchor, ["h"] = head }.ToJsonString();

    /// <summary>Waits until a browser is told of that caret, among so many if that is said.</summary>
    private static async Task SeesAsync(ClientWebSocket socket, string name, int anchor, int head, int? count = null)
    {
        CancellationToken watchdog = DashboardUnderTest.Watchdog();
        byte[] buffer = new byte[65_536];
        while (true)
        {
            WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, watchdog);
            JsonNode message = JsonNode.Parse(buffer.AsSpan(0, result.Count))!;
            if ((string?)message["t"] == "carets" && message["list"]!.AsArray() is JsonArray list && (count is null || list.Count == count)
                && list.Any(c => (string?)c!["name"] == name && (int)c["anchor"]! == anchor && (int)c["head"]! == head))
            {
                return;
            }
        }
    }

    /// <summary>Waits until another node is told that the caret of this one is there.</summary>
    private static async Task ShownAsync(TextDocument document, int? caret)
    {
        await foreach (PresenceView view in document.Presence.WatchAsync(DashboardUnderTest.Watchdog()))
        {
            if (view.Others.Count == 1 && view.Others[0].Caret == caret)
            {
                return;
            }
        }
    }

    private static string Play(string text, JsonNode message)
    {
        Assert.Equal("text", (string?)message["t"]);
        foreach (JsonNode? change in message["r"]!.AsArray().SelectMany(static run => run!["c"]!.AsArray()))
        {
            text = text[..(int)change![0]!] + (string?)change[2] + text[(int)change[1]!..];
        }

        return text;
    }

    private static Task SendAsync(ClientWebSocket socket, string message) =>
        socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, DashboardUnderTest.Watchdog());

    private static async Task<JsonNode> ReceiveAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[65_536];
        CancellationToken watchdog = DashboardUnderTest.Watchdog();
        while (true)
        {
            WebSocketReceiveResult result = await socket.ReceiveAsync(buffer, watchdog);
            Assert.True(result.MessageType == WebSocketMessageType.Text && result.EndOfMessage, $"closed: {result.CloseStatusDescription}");
            JsonNode message = JsonNode.Parse(buffer.AsSpan(0, result.Count))!;
            if ((string?)message["t"] != "carets")
            {
                return message; // who else is here is told beside the text
            }
        }
    }

    private static async Task<string?> ClosedAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[65_536];
        CancellationToken watchdog = DashboardUnderTest.Watchdog();
        WebSocketReceiveResult result;
        do
        {
            result = await socket.ReceiveAsync(buffer, watchdog);
        }
        while (result.MessageType != WebSocketMessageType.Close);

        return result.CloseStatusDescription;
    }
}
