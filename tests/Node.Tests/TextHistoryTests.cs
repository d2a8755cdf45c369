using P2P.Crdt.HashSeq;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class TextHistoryTests
{
    [Fact]
    public async Task The_text_at_a_frontier_and_what_changed_since()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("one\n");
        TextSnapshot then = notes.Snapshot;
        await notes.InsertAsync(0, "zero\n");
        await notes.DeleteAsync(5..8);
        SeqSnapshot view = await notes.History.ViewAtAsync(new SeqVersion(then.Heads));
        Assert.True(view.IsComplete);
        Assert.Equal("one\n", view.Text);
        SeqDiff diff = await notes.History.DiffAsync(view.Version, new SeqVersion(notes.Snapshot.Heads));
        string rebuilt = diff.Splices.Aggregate(view.Text, static (t, s) => t.Remove(s.Offset, s.Removed).Insert(s.Offset, s.Inserted));
        Assert.Equal("zero\n\n", rebuilt);
        Assert.Equal(notes.Text, rebuilt);
        Assert.False((await notes.History.ViewAtAsync(new SeqVersion([notes.Id]))).IsComplete);
    }

    [Fact]
    public async Task A_version_gives_the_frontier_that_every_peer_knows()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        TextDocument here = await one.Documents.OpenAsync("notes");
        TextDocument there = await two.Documents.OpenAsync("notes");
        Assert.Empty(here.Snapshot.Version.Frontier.Heads);
        await here.AppendAsync("one\n");
        await (await one.Logs.OpenAsync("notes")).AppendAsync("no text"); // the document's head, of which a text knows nothing
        TextVersion then = here.Snapshot.Version;
        await here.AppendAsync("two\n");
        await TestNodes.UntilAsync(there, static t => t == "one\ntwo\n");

        foreach (TextDocument document in new[] { here, there })
        {
            SeqSnapshot view = await document.History.ViewAtAsync(then.Frontier);
            Assert.True(view.IsComplete);
            Assert.Equal("one\n", view.Text);
            SeqDiff diff = await document.History.DiffAsync(then.Frontier, document.Snapshot.Version.Frontier);
            Assert.Equal((4, 0, "two\n"), diff.Splices.Select(static s => (s.Offset, s.Removed, s.Inserted)).Single());
        }
    }

    [Fact]
    public async Task Blame_names_author_event_and_claimed_time()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("ac");
        TextSnapshot then = notes.Snapshot;
        await notes.InsertAsync(1, "b");
        IReadOnlyList<TextBlame> blame = await notes.History.BlameAsync(..);
        Assert.Equal([(0, 1), (1, 1), (2, 1)], blame.Select(static b => (b.Offset, b.Length)));
        Assert.Equal(blame[0].Event, blame[2].Event);
        Assert.NotEqual(blame[0].Event, blame[1].Event);
        Assert.All(blame, b => Assert.Equal(blame[0].Author, b.Author));
        Assert.All(blame, static b => Assert.NotNull(b.At));
        Assert.Equal(2, (await notes.History.BlameAsync(..2, then)).Sum(static b => b.Length)); // "ac" of then, without what came between
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => notes.History.BlameAsync(0..9));
    }

    [Fact]
    public async Task Anchors_and_selections_stay_with_their_text_on_every_peer()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        TextDocument here = await one.Documents.OpenAsync("notes");
        TextDocument there = await two.Documents.OpenAsync("notes");
        await here.AppendAsync("one two three");
        await TestNodes.UntilAsync(there, static t => t.Length == 13);
        TextAnchor anchor = await here.History.AnchorAsync(4, Bias.Right);
        TextSelection selection = await here.History.SelectAsync(4..7);
        Assert.InRange(anchor.Bytes.Length, 1, TextAnchor.BytesMax);
        await there.ReplaceAsync(0..3, "1st,");
        await there.InsertAsync(there.Text.IndexOf("wo", StringComparison.Ordinal), "_");
        foreach (TextDocument document in new[] { here, there })
        {
            await TestNodes.UntilAsync(document, static t => t == "1st, t_wo three");
            Assert.Equal(5, await document.History.ResolveAsync(anchor));
            Assert.Equal((5, 9), await document.History.ResolveAsync(selection));
        }

        await here.DeleteAsync(4..9);
        Assert.Equal((4, 4), await here.History.ResolveAsync(selection)); // its text is gone: empty, where it was
        Assert.Null(await here.History.ResolveAsync(new TextAnchor(new byte[42])));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => here.History.SelectAsync(2..2));
    }

    [Fact]
    public async Task Undo_takes_back_own_typing_only_and_redo_makes_it_again()
    {
        await using P2PNode one = await P2PNode.StartAsync(TestNodes.Options() with { Text = new TextOptions { UndoGrouping = TimeSpan.Zero } });
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        TextDocument here = await one.Documents.OpenAsync("notes");
        TextDocument there = await two.Documents.OpenAsync("notes");
        Assert.False(await here.UndoAsync());
        await here.InsertAsync(0, "mine");
        await TestNodes.UntilAsync(there, static t => t == "mine");
        await there.InsertAsync(2, "THEIRS");
        await TestNodes.UntilAsync(here, static t => t == "miTHEIRSne");
        await here.DeleteAsync(0, 1);
        Assert.True(await here.UndoAsync());
        Assert.Equal("miTHEIRSne", here.Text);
        Assert.True(await here.UndoAsync());
        Assert.Equal("THEIRS", here.Text);
        Assert.False(await here.UndoAsync());
        await TestNodes.UntilAsync(there, static t => t == "THEIRS");
        Assert.True(await here.RedoAsync());
        Assert.Equal("miTHEIRSne", here.Text);
        Assert.Equal(here.Text, here.Snapshot.Rope.ToString());
        await TestNodes.UntilAsync(there, static t => t == "miTHEIRSne");
        await here.InsertAsync(0, "!");
        Assert.False(await here.RedoAsync());
    }

    [Fact]
    public async Task Plain_text_comes_in_by_the_smallest_change_and_goes_out()
    {
        await using P2PNode node = await P2PNode.StartAsync(TestNodes.Options() with { Text = new TextOptions { InsertMax = 64 } });
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.ImportAsync(new StringReader("a😀c\nlast"));
        long events = notes.Status.AppliedCount;
        TextAnchor anchor = await notes.History.AnchorAsync(5, Bias.Right);
        await notes.ImportAsync(new StringReader("a😁c\nlast")); // the emoji share one half of their pairs
        Assert.Equal(5, await notes.History.ResolveAsync(anchor)); // "last" was not touched
        await notes.ImportAsync(new StringReader("a😁c\nlast"));
        Assert.Equal(events + 1, notes.Status.AppliedCount);
        StringWriter writer = new();
        await notes.ExportAsync(writer);
        Assert.Equal("a😁c\nlast", writer.ToString());
        Assert.Equal(NodeError.TooLong, (await Assert.ThrowsAsync<P2PException>(() => notes.ImportAsync(new StringReader(new string('x', 65))))).Error);
    }

    [Fact]
    public async Task A_caret_that_moves_cuts_an_event_where_the_options_say_so()
    {
        foreach ((bool cutOnMove, long events) in new[] { (false, 2L), (true, 4L) })
        {
            TextOptions options = new() { CutOnMove = cutOnMove, IdleCut = TimeSpan.FromMinutes(1), AgeCut = TimeSpan.FromMinutes(1) };
            await using P2PNode node = await P2PNode.StartAsync(TestNodes.Options() with { Text = options });
            TextDocument notes = await node.Documents.OpenAsync("notes");
            await notes.AppendAsync("0123456789");
            TextCursor[] carets = [notes.CreateCursor(2), notes.CreateCursor(0), notes.CreateCursor(10)];
            Task[] typed =
            [
                carets[0].InsertAsync("a"), carets[0].InsertAsync("b"), carets[0].InsertAsync("c"), // on one place
                carets[1].InsertAsync("x"), carets[1].InsertAsync("y"), // moved
                carets[2].BackspaceAsync(), carets[2].BackspaceAsync(), // moved; backspacing goes on
            ];
            await notes.FlushAsync();
            await Task.WhenAll(typed);
            Assert.Equal(events, notes.Status.AppliedCount);
        }
    }

    [Fact]
    public void Questions_never_wait_in_the_callers_context()
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new NeverRuns());
#pragma warning disable xUnit1031 // blocking is what a desktop app's thread does, and what is tested
        try
        {
            P2PNode node = P2PNode.StartAsync(TestNodes.Options()).GetAwaiter().GetResult();
            TextDocument notes = node.Documents.OpenAsync("notes").GetAwaiter().GetResult();
            notes.ImportAsync(new StringReader("abc")).GetAwaiter().GetResult();
            notes.DeleteAsync(0..1).GetAwaiter().GetResult();
            Assert.True(notes.UndoAsync().GetAwaiter().GetResult());
            Assert.True(notes.RedoAsync().GetAwaiter().GetResult());
            Assert.NotEmpty(notes.History.BlameAsync(..).GetAwaiter().GetResult());
            Assert.NotNull(notes.History.ResolveAsync(notes.History.SelectAsync(0..1).GetAwaiter().GetResult()).GetAwaiter().GetResult());
            notes.ExportAsync(TextWriter.Null).GetAwaiter().GetResult();
            node.DisposeAsync().AsTask().GetAwaiter().GetResult();
#pragma warning restore xUnit1031
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    private sealed class NeverRuns : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            // as a thread that waits: what is posted to it never runs
        }
    }
}
