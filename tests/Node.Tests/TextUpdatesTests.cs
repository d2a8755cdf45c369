using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>What an editor needs of a document: several places at once, and everything that happens in one order.</summary>
public sealed class TextUpdatesTests
{
    private static CancellationToken Watchdog => TestNodes.Watchdog();

    [Fact]
    public async Task The_steps_of_all_updates_make_the_text_and_own_edits_carry_their_tag()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument document = await node.Documents.OpenAsync("updates");
        await document.AppendAsync("start\n");
        await using IAsyncEnumerator<TextUpdate> updates = document.Updates(Watchdog).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        Assert.Empty(updates.Current.Steps);
        string text = updates.Current.Snapshot.Text;
        List<object?> tags = [];
        object mine = new();

        await document.ApplyAsync([new TextSplice(0, 1, "S"), new TextSplice(6, 0, "end")], updates.Current.Snapshot.Version, mine);
        await document.InsertAsync(0, "then ");
        while (text != "then Start\nend")
        {
            Assert.True(await updates.MoveNextAsync());
            foreach (TextStep step in updates.Current.Steps)
            {
                tags.Add(step.Tag);
                text = text[..step.Splice.Offset] + step.Splice.Inserted + text[(step.Splice.Offset + step.Splice.Removed)..];
            }

            Assert.Equal(updates.Current.Snapshot.Text, text);
        }

        Assert.Equal([mine, mine, mine, null], tags); // delete, insert, insert; then the other one
        Assert.Equal(document.Text, text);
    }

    [Fact]
    public async Task Typing_is_told_before_it_is_an_event()
    {
        await using P2PNode node = await P2PNode.StartAsync(
            TestNodes.Options() with { Text = new TextOptions { IdleCut = TimeSpan.FromHours(1), AgeCut = TimeSpan.FromHours(1) } });
        TextDocument document = await node.Documents.OpenAsync("typing");
        await using IAsyncEnumerator<TextUpdate> updates = document.Updates(Watchdog).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        Task typed = document.ApplyAsync([new TextSplice(0, 0, "x")], document.Snapshot.Version);
        Assert.True(await updates.MoveNextAsync());
        Assert.Equal("x", updates.Current.Snapshot.Text);
        Assert.Equal(0, document.Status.AppliedCount);
        await document.FlushAsync(Watchdog);
        await typed;
        Assert.Equal(1, document.Status.AppliedCount);
    }

    [Fact]
    public async Task Changes_of_an_old_version_are_carried_over_what_came_since()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument document = await node.Documents.OpenAsync("carried");
        await document.AppendAsync("abcdef");
        TextVersion old = document.Snapshot.Version;
        await document.ReplaceAsync(2, 2, "--"); // ab--ef
        await document.ApplyAsync([new TextSplice(0, 1, "A"), new TextSplice(3, 2, "!"), new TextSplice(6, 0, ".")], old);
        Assert.Equal("Ab!--f.", document.Text); // an insertion stands in front of what arrived at its place
    }

    [Theory]
    [InlineData(2, 2, 3, 0)]
    [InlineData(3, 0, 1, 0)]
    [InlineData(0, 0, 7, 0)]
    [InlineData(0, 0, 5, 2)]
    [InlineData(1, -1, 2, 0)]
    public async Task Changes_that_overlap_or_leave_the_text_change_nothing(int first, int removed, int second, int removedThere)
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument document = await node.Documents.OpenAsync("wrong");
        await document.AppendAsync("abcdef");
        await Assert.ThrowsAnyAsync<ArgumentException>(() => document.ApplyAsync(
            [new TextSplice(first, removed, "x"), new TextSplice(second, removedThere, "y")], document.Snapshot.Version));
        Assert.Equal("abcdef", document.Text);
        await document.FlushAsync(Watchdog);
        Assert.Equal(1, document.Status.AppliedCount);
    }

    [Fact]
    public async Task The_updates_end_with_the_document()
    {
        P2PNode node = await TestNodes.StartAsync();
        TextDocument document = await node.Documents.OpenAsync("ending");
        await using IAsyncEnumerator<TextUpdate> updates = document.Updates(Watchdog).GetAsyncEnumerator();
        Assert.True(await updates.MoveNextAsync());
        await node.DisposeAsync();
        while (await updates.MoveNextAsync())
        {
            Assert.Empty(updates.Current.Steps);
        }
    }
}
