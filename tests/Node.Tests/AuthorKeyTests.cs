using P2P.Crdt.Events;
using P2P.Node.Documents;
using P2P.Node.Logs;
using P2P.Storage;

namespace P2P.Node.Tests;

/// <summary>What replaces an author key, where, and what becomes of the one before.</summary>
public sealed class AuthorKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-author-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Writing_again_in_a_deleted_document_takes_no_right_away_in_any_other(bool onDisk)
    {
        await using P2PNode node = await TestNodes.StartAsync(onDisk ? _folder : null);
        TextAuthor key = node.Author.Key!.Value;
        TextDocument mine = await node.Documents.CreateAsync(new DocumentOptions { Name = "mine", Writers = WriterPolicy.Allow([key]) });
        await mine.AppendAsync("one\n");
        TextDocument scratch = await node.Documents.OpenAsync("scratch");
        await scratch.AppendAsync("before\n");
        await node.Documents.DeleteAsync(scratch.Id);

        scratch = await node.Documents.OpenAsync("scratch");
        await scratch.AppendAsync("after\n", TestNodes.Watchdog());
        await mine.AppendAsync("two\n", TestNodes.Watchdog());

        Assert.Equal(("after\n", "one\ntwo\n"), (scratch.Text, mine.Text));
        Assert.Equal((key, 0, (AuthorRenewal?)null), (node.Author.Key, node.Author.Renewals, node.Author.Renewed));
        Assert.Equal(key, mine.Author);
        Assert.NotEqual(key, scratch.Author);
    }

    [Fact]
    public async Task A_document_keeps_the_key_that_was_made_for_it_and_counts_on_with_it()
    {
        TextAuthor own;
        await using (P2PNode node = await TestNodes.StartAsync(_folder))
        {
            TextDocument scratch = await node.Documents.OpenAsync("scratch");
            await scratch.AppendAsync("before\n");
            await node.Documents.DeleteAsync(scratch.Id);
            scratch = await node.Documents.OpenAsync("scratch");
            await scratch.AppendAsync("one\n", TestNodes.Watchdog());
            own = scratch.Author!.Value;
        }

        await using P2PNode again = await TestNodes.StartAsync(_folder);
        TextDocument there = await again.Documents.OpenAsync("scratch");
        await there.AppendAsync("two\n", TestNodes.Watchdog());

        Assert.Equal(own, there.Author);
        Assert.Equal("one\ntwo\n", there.Text);
        Assert.Equal([1UL, 2UL], (await ClockPicture.ReadAllAsync(there.Replica, default)).Select(static e => e.Sequence).Order());
        Assert.All(await ClockPicture.ReadAllAsync(there.Replica, default), e => Assert.Equal(own, new TextAuthor(e.Author)));
    }

    [Fact]
    public async Task Whoever_does_not_wait_for_own_events_writes_nothing_and_changes_no_key()
    {
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        TextAuthor key = node.Author.Key!.Value;
        TextDocument scratch = await node.Documents.OpenAsync("scratch");
        await scratch.AppendAsync("before\n");
        await node.Documents.DeleteAsync(scratch.Id);
        scratch = await node.Documents.OpenAsync("scratch");
        IReplicatedLog<string> log = await node.Logs.OpenAsync("scratch");
        using CancellationTokenSource impatient = new();
        impatient.Cancel();

        await Assert.ThrowsAnyAsync<Exception>(() => scratch.AppendAsync("not waited for\n", impatient.Token));
        await Assert.ThrowsAnyAsync<Exception>(() => log.AppendAsync("nor this", impatient.Token));

        Assert.Equal(key, scratch.Author);
        await scratch.AppendAsync("after\n", TestNodes.Watchdog());
        Assert.Equal("after\n", scratch.Text);
        Assert.Single(await ClockPicture.ReadAllAsync(scratch.Replica, default));
    }

    [Fact]
    public async Task A_document_with_a_list_of_writers_says_why_no_other_key_takes_over()
    {
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        TextDocument mine = await node.Documents.CreateAsync(new DocumentOptions { Name = "mine", Writers = WriterPolicy.Allow([node.Author.Key!.Value]) });
        Ticket ticket = mine.Ticket;
        await mine.AppendAsync("one\n");
        await node.Documents.DeleteAsync(mine.Id);
        mine = await node.Documents.OpenAsync(ticket);

        P2PException refused = await Assert.ThrowsAsync<P2PException>(() => mine.AppendAsync("two\n", TestNodes.Watchdog()));

        Assert.Equal(NodeError.OwnEventsMissing, refused.Error);
        Assert.Contains("list of writers", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, node.Author.Renewals);
    }

    [Fact]
    public async Task A_moved_folder_remembers_why_its_key_was_replaced_over_later_starts()
    {
        string moved = Path.Combine(_folder, "moved");
        string original = Path.Combine(_folder, "original");
        TextAuthor key;
        await using (P2PNode node = await TestNodes.StartAsync(original))
        {
            key = node.Author.Key!.Value;
            Assert.Null(node.Author.Renewed);
        }

        Directory.CreateDirectory(moved);
        foreach (string file in Directory.GetFiles(original))
        {
            File.Copy(file, Path.Combine(moved, Path.GetFileName(file)));
        }

        for (int start = 0; start < 2; start++)
        {
            await using P2PNode node = await TestNodes.StartAsync(moved);
            AuthorRenewal renewed = Assert.IsType<AuthorRenewal>(node.Author.Renewed);
            Assert.Equal((start == 0, AuthorRenewalReason.FolderCopied, true), (node.Author.WasCopied, renewed.Reason, renewed.IsKept));
            Assert.Equal(key, new TextAuthor(renewed.Author));
            Assert.NotEqual(key, node.Author.Key);
        }
    }
}
