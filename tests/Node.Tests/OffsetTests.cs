using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>Offsets and lengths that no text has: refused, and the document goes on.</summary>
public sealed class OffsetTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_place_outside_the_text_is_refused_and_the_document_goes_on(bool cutOnMove)
    {
        await using P2PNode node = await StartAsync(new TextOptions { CutOnMove = cutOnMove });
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("abc");
        TextVersion old = notes.Snapshot.Version;
        Task typed = notes.InsertAsync(0, ">>");
        Task[] refused =
        [
            notes.DeleteAsync(2, int.MaxValue),
            notes.DeleteAsync(1, int.MaxValue, old),
            notes.DeleteAsync(int.MaxValue, int.MaxValue, old),
            notes.ReplaceAsync(int.MaxValue, 1, "x", old),
            notes.InsertAsync(int.MaxValue, "x", old),
            notes.InsertAsync(int.MinValue, "x", old),
            notes.ApplyAsync([new TextSplice(2, int.MaxValue, "x")], old),
            notes.ApplyAsync([new TextSplice(1, 1, "x"), new TextSplice(int.MaxValue, 0, "y")], old),
            notes.CreateCursor(int.MaxValue, old).BackspaceAsync(1),
        ];
        foreach (Task task in refused)
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => task);
        }

        await notes.FlushAsync();
        await typed;
        Assert.Equal(">>abc", notes.Text);
    }

    [Fact]
    public async Task Backspace_takes_what_is_there_however_much_is_asked_for_while_something_waits()
    {
        await using P2PNode node = await StartAsync(new TextOptions { IdleCut = TimeSpan.FromHours(1), AgeCut = TimeSpan.FromHours(1) });
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("abc");
        Task typed = notes.InsertAsync(3, "d");
        await notes.CreateCursor(2).BackspaceAsync(int.MaxValue); // more than an event holds: cut at once
        await typed;
        Assert.Equal("cd", notes.Text);
    }

    [Fact]
    public async Task Only_what_is_typed_counts_as_text_that_is_taken_at_once()
    {
        await using P2PNode node = await StartAsync(new TextOptions { InsertMax = 4 });
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("abcd");
        await notes.AppendAsync("efgh");
        await notes.ApplyAsync([new TextSplice(0, 6, "xyz"), new TextSplice(7, 1, "!")], notes.Snapshot.Version);
        Assert.Equal("xyzg!", notes.Text);
        P2PException refused = await Assert.ThrowsAsync<P2PException>(
            () => notes.ApplyAsync([new TextSplice(0, 0, "abc"), new TextSplice(1, 0, "de")], notes.Snapshot.Version));
        Assert.Equal(NodeError.TooLong, refused.Error);
    }

    private static Task<P2PNode> StartAsync(TextOptions text) => P2PNode.StartAsync(TestNodes.Options() with { Text = text });
}
