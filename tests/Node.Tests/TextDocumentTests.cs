using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class TextDocumentTests
{
    [Fact]
    public async Task Typing_without_waiting_keeps_its_order()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        TextCursor cursor = notes.CreateCursor(0);
        await Task.WhenAll("the quick brown fox".Select(c => cursor.InsertAsync(c.ToString())).ToArray());
        Assert.Equal("the quick brown fox", notes.Text);
    }

    [Fact]
    public async Task Offsets_speak_of_the_version_they_are_based_on()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("one three");
        TextSnapshot old = notes.Snapshot;
        Task first = notes.InsertAsync(0, ">> ", old.Version);
        Task second = notes.InsertAsync(4, "two ", old.Version);
        Task third = notes.DeleteAsync(4, 5, old.Version);
        await Task.WhenAll(first, second, third);
        Assert.Equal(">> one two ", notes.Text);
    }

    [Fact]
    public async Task Two_equal_appended_lines_stay_two()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("same\n");
        await notes.AppendAsync("same\n");
        Assert.Equal("same\nsame\n", notes.Text);
        Assert.Equal(2, notes.Status.AppliedCount);
    }

    [Fact]
    public async Task Mistakes_are_told_and_change_nothing()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("a😀b");
        await Assert.ThrowsAsync<ArgumentException>(() => notes.InsertAsync(2, "x"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => notes.InsertAsync(99, "x"));
        await Assert.ThrowsAsync<ArgumentException>(() => notes.InsertAsync(0, "\ud800"));
        await Assert.ThrowsAsync<ArgumentException>(() => notes.AppendAsync("\udc00"));
        await Assert.ThrowsAsync<ArgumentException>(() => notes.ReplaceAsync(1, 1, "x"));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => notes.DeleteAsync(0, -1));
        Assert.Equal("a😀b", notes.Text);
        await notes.ReplaceAsync(1, 2, "-");
        Assert.Equal("a-b", notes.Text);
    }

    [Fact]
    public async Task The_change_stream_rebuilds_the_text_from_any_version()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("first\n");
        TextSnapshot middle = notes.Snapshot;
        await notes.InsertAsync(0, "zeroth\n");
        await notes.DeleteAsync(2, 3);
        await notes.AppendAsync("last\n");

        foreach ((TextVersion? from, string text) in new[] { (null, string.Empty), (middle.Version, middle.Text) })
        {
            string rebuilt = text;
            await foreach (TextChange change in notes.Changes(from, TestNodes.Watchdog()))
            {
                rebuilt = change.Splices.Aggregate(rebuilt, (t, s) => t.Remove(s.Offset, s.Removed).Insert(s.Offset, s.Inserted));
                Assert.Equal(TextOrigin.Local, change.Origin);
                Assert.NotNull(change.At);
                if (rebuilt == notes.Text)
                {
                    break;
                }
            }

            Assert.Equal(notes.Text, rebuilt);
        }
    }

    [Fact]
    public async Task A_document_is_opened_once_and_ends_with_its_node()
    {
        P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        Assert.Same(notes, await node.Documents.OpenAsync("notes"));
        Assert.NotEqual(notes.Id, (await node.Documents.OpenAsync("other")).Id);
        await node.DisposeAsync();
        await node.DisposeAsync();
        Assert.Equal(NodeError.Stopped, (await Assert.ThrowsAsync<P2PException>(() => notes.AppendAsync("late"))).Error);
        Assert.Equal(NodeError.Stopped, (await Assert.ThrowsAsync<P2PException>(() => node.Documents.OpenAsync("notes"))).Error);
    }

    [Fact]
    public void The_api_works_when_called_from_a_thread_with_a_blocked_context()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new BlockedContext());
#pragma warning disable xUnit1031 // blocking is what a desktop app's thread does, and what is tested
        try
        {
            P2PNode node = P2PNode.StartAsync(TestNodes.Options()).GetAwaiter().GetResult();
            TextDocument notes = node.Documents.OpenAsync("notes").GetAwaiter().GetResult();
            notes.AppendAsync("a\n").GetAwaiter().GetResult();
            notes.InsertAsync(0, "b").GetAwaiter().GetResult();
            notes.FlushAsync().GetAwaiter().GetResult();
            Assert.Equal("ba\n", notes.Text);
            node.Peers.WaitForAsync(0).GetAwaiter().GetResult();
            node.DisposeAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore xUnit1031
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>As a UI thread that waits: what is posted to it never runs.</summary>
    private sealed class BlockedContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            // never runs
        }
    }
}
