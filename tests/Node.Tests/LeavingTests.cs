using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

public sealed class LeavingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-leave-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_document_that_was_left_keeps_its_data_and_goes_on_when_it_is_opened_again()
    {
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("one\n");

        DocumentLeft left = await node.Documents.LeaveAsync(notes.Id);

        Assert.True(left.WasOpen);
        Assert.Contains("stays", left.ToString(), StringComparison.Ordinal);
        Assert.Empty(node.Documents.Opened);
        Assert.Equal(NodeError.Stopped, (await Assert.ThrowsAsync<P2PException>(() => notes.AppendAsync("closed\n"))).Error);
        TextDocument again = await node.Documents.OpenAsync("notes");
        await again.AppendAsync("two\n");
        Assert.Equal("one\ntwo\n", again.Text);
    }

    [Fact]
    public async Task A_log_that_was_left_says_so_to_whoever_still_holds_it()
    {
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        P2P.Node.Logs.IReplicatedLog<string> log = await node.Logs.OpenAsync("room");
        await log.AppendAsync("said", default);
        await node.Documents.LeaveAsync(log.Id);

        Assert.Equal(NodeError.Stopped, (await Assert.ThrowsAsync<P2PException>(() => log.AppendAsync("later", default))).Error);
        Assert.Equal(NodeError.Stopped, (await Assert.ThrowsAsync<P2PException>(() => log.VerifyAsync(default))).Error);
    }

    [Fact]
    public async Task A_document_of_which_nothing_is_held_is_forgotten_and_one_with_events_is_not()
    {
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        Cid typo = (await node.Documents.OpenAsync("typo")).Id;
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("one\n");

        Assert.True(await node.Documents.ForgetAsync(typo));
        Assert.False(await node.Documents.ForgetAsync(typo));
        Assert.False(await node.Documents.ForgetAsync(notes.Id));
        await notes.AppendAsync("two\n");

        Assert.Equal("one\ntwo\n", notes.Text);
        await node.DisposeAsync();

        await using P2PNode again = await TestNodes.StartAsync(_folder);
        await again.Parts.Dormant.LoadAsync(CancellationToken.None); // what the store has
        Assert.Equal(1, again.Parts.Dormant.Counts.Known);
    }

    [Fact]
    public async Task A_document_that_was_left_stays_left_over_a_restart()
    {
        Cid left;
        await using (P2PNode node = await TestNodes.StartAsync(_folder))
        {
            left = (await node.Documents.OpenAsync("left")).Id;
            await node.Documents.OpenAsync("kept");
            await node.Documents.LeaveAsync(left);
        }

        await using (P2PNode node = await TestNodes.StartAsync(_folder))
        {
            await node.Parts.Dormant.LoadAsync(CancellationToken.None);
            Assert.Equal(1, node.Parts.Dormant.Counts.Known); // what sessions with peers may speak of
            await node.Documents.OpenAsync("left");
        }

        await using P2PNode last = await TestNodes.StartAsync(_folder);
        await last.Parts.Dormant.LoadAsync(CancellationToken.None);
        Assert.Equal(2, last.Parts.Dormant.Counts.Known);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deleted_document_comes_back_from_peers_and_no_number_is_used_twice(bool onDisk)
    {
        await using P2PNode first = await TestNodes.StartAsync(onDisk ? _folder : null);
        await using P2PNode second = await TestNodes.StartAsync(null, [.. first.Addresses]);
        TextDocument here = await first.Documents.OpenAsync("notes");
        TextDocument there = await second.Documents.OpenAsync("notes");
        await here.AppendAsync("one\n");
        await here.AppendAsync("two\n");
        await TestNodes.UntilAsync(there, static text => text == "one\ntwo\n");
        TextAuthor author = first.Author.Key!.Value;

        DocumentLeft deleted = await first.Documents.DeleteAsync(here.Id);
        Assert.Equal(2, deleted.EventsErased);
        Assert.Contains("Other peers keep", deleted.ToString(), StringComparison.Ordinal);
        here = await first.Documents.OpenAsync("notes");
        await TestNodes.UntilAsync(here, static text => text == "one\ntwo\n");
        await here.AppendAsync("three\n");
        Assert.Equal("one\ntwo\nthree\n", here.Text);

        await TestNodes.UntilAsync(there, static text => text.EndsWith("three\n", StringComparison.Ordinal));
        Assert.Equal("one\ntwo\nthree\n", there.Text);
        Assert.Equal(author, first.Author.Key);
        Assert.Empty(there.Status.Forks);
    }

    [Fact]
    public async Task A_deleted_document_of_a_node_that_meets_nobody_is_written_under_a_new_key_and_its_bytes_are_gone()
    {
        await using P2PNode node = await TestNodes.StartAsync(_folder);
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("a secret that must go\n");
        TextAuthor author = node.Author.Key!.Value;

        await node.Documents.DeleteAsync(notes.Id);
        notes = await node.Documents.OpenAsync("notes");
        Assert.Equal(string.Empty, notes.Text);
        await notes.AppendAsync("anew\n");

        Assert.Equal("anew\n", notes.Text);
        Assert.NotEqual(author, notes.Author);
        Assert.Equal(author, node.Author.Key);
        foreach (string file in Directory.EnumerateFiles(_folder, "store.db*"))
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using MemoryStream bytes = new();
            await stream.CopyToAsync(bytes);
            Assert.True(bytes.ToArray().AsSpan().IndexOf("a secret that must go"u8) < 0, file);
        }
    }

    [Fact]
    public async Task Only_the_writers_of_a_created_document_write_and_the_others_are_told_and_go_on_reading()
    {
        await using P2PNode first = await TestNodes.StartAsync();
        await using P2PNode second = await TestNodes.StartAsync();
        TextDocument here = await first.Documents.CreateAsync(new() { Writers = WriterPolicy.Allow(first.Author.Key!.Value) });
        Assert.True(Ticket.TryParse(here.Ticket.ToString(), out Ticket? ticket, out _));

        TextDocument there = await second.Documents.OpenAsync(ticket!);
        Assert.Equal(here.Id, there.Id);
        Assert.Equal(here.Writers.Authors, there.Writers.Authors);
        foreach (Func<Task> write in new Func<Task>[] { () => there.InsertAsync(0, "no"), () => there.ApplyAsync([new TextSplice(0, 0, "no")], there.Snapshot.Version), () => there.AppendAsync("no\n") })
        {
            Assert.Equal(NodeError.NotAWriter, (await Assert.ThrowsAsync<P2PException>(write)).Error);
        }

        await here.AppendAsync("mine\n");
        await there.WaitForAsync(Assert.Single(here.Status.Heads), TestNodes.Watchdog());
        Assert.Equal("mine\n", there.Text);
        TextDocument other = await first.Documents.CreateAsync(new DocumentOptions());
        Assert.NotEqual(here.Id, other.Id);
        Assert.Null(other.Writers.Authors);
    }

    [Fact]
    public async Task Waiting_for_an_event_ends_when_the_document_is_left()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        Task waiting = notes.WaitForAsync(Cid.ForDagCbor("never"u8));

        await node.Documents.LeaveAsync(notes.Id);

        Assert.Equal(NodeError.Stopped, (await Assert.ThrowsAsync<P2PException>(() => waiting)).Error);
    }
}
