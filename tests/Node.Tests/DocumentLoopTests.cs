using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Replication;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>The loop of a document over a store that fails, or waits, when the test says so.</summary>
public sealed class DocumentLoopTests
{
    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_edit_on_whose_behalf_a_cut_fails_is_told_so(bool unique)
    {
        await using MemoryEventStore memory = new(new SeededChance(1));
        TestStore store = new(memory);
        P2POptions options = TestNodes.Options();
        await using Replica replica = await OpenAsync(options, store);
        await using DocumentAuthor author = new(store, options, NullLogger.Instance);
        TextOptions text = new() { IdleCut = TimeSpan.FromHours(1), AgeCut = TimeSpan.FromHours(1) };
        await using DocumentLoop loop = new((replica, author), text, options.Time, options.Spawner, NullLogger.Instance);
        await loop.Loaded;

        store.Fault = StoreError.Io;
        TextEdit typed = new() { Offset = 0, Text = "typed" };
        TextEdit second = unique ? new TextEdit { Text = "line", Unique = true } : new TextEdit { Ask = static (_, _) => { } };
        await loop.PostAsync(typed, CancellationToken.None);
        await loop.PostAsync(second, CancellationToken.None);

        Assert.Equal(NodeError.StoreFailed, (await Assert.ThrowsAsync<P2PException>(() => typed.Done.Task)).Error);
        Assert.Equal(NodeError.StoreFailed, (await Assert.ThrowsAsync<P2PException>(() => second.Done.Task)).Error);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Own_events_that_come_back_after_an_erasure_stand_in_front_of_what_is_written_while_they_come(bool unique)
    {
        P2POptions options = TestNodes.Options();
        Event[] written = await WriteAsync(options, "one\n", "two\n");
        await using MemoryEventStore memory = new(new SeededChance(1));
        TestStore store = new(memory) { OwnTip = new OwnTip(written[^1].Cid, written[^1].Sequence, written[^1].Height) };
        await using Replica replica = await OpenAsync(options, store);
        await using DocumentAuthor author = new(store, options, NullLogger.Instance);
        await using DocumentLoop loop = new((replica, author), new TextOptions(), options.Time, options.Spawner, NullLogger.Instance);
        await loop.Loaded;
        Assert.Equal(ReplicaError.Busy, replica.Status.CannotWrite);

        store.Reads = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await replica.InsertPackAsync([.. written.Select(static e => e.Bytes)]);
        Assert.Equal(ReplicaError.None, replica.Status.CannotWrite); // the replica has them, the text has not
        TextEdit[] edits = [.. Enumerable.Range(0, 4).Select(i => new TextEdit { Text = $"{i}\n", Unique = unique, CutNow = true })];
        foreach (TextEdit edit in edits)
        {
            await loop.PostAsync(edit, CancellationToken.None);
        }

        store.Reads.SetResult();
        await Task.WhenAll(edits.Select(static e => e.Done.Task));
        Assert.Equal("one\ntwo\n0\n1\n2\n3\n", loop.Snapshot.Text);
        Assert.Empty(replica.Status.Forks);
    }

    [Fact(Timeout = 120_000)]
    public async Task Own_events_that_come_back_are_waited_for_until_they_are_durable()
    {
        P2POptions options = TestNodes.Options();
        Event[] written = await WriteAsync(options, "one\n");
        await using MemoryEventStore memory = new(new SeededChance(1));
        TestStore store = new(memory)
        {
            OwnTip = new OwnTip(written[^1].Cid, written[^1].Sequence, written[^1].Height),
            Commits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously),
        };
        await using Replica replica = await OpenAsync(options, store);

        Task inserted = replica.InsertPackAsync([.. written.Select(static e => e.Bytes)]);
        await store.Committing.Task;
        await replica.FindMissingLinksAsync(); // a turn later: what was admitted is in the status
        Assert.Equal((ReplicaError.Busy, 0L), (replica.Status.CannotWrite, replica.Status.ChangeCount));

        store.Commits.SetResult();
        await inserted;
        Assert.Equal((ReplicaError.None, 1L), (replica.Status.CannotWrite, replica.Status.ChangeCount));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_full_store_refuses_edits_by_name_and_the_text_goes_on_when_there_is_room(bool unique)
    {
        await using MemoryEventStore memory = new(new SeededChance(1));
        TestStore store = new(memory);
        P2POptions options = TestNodes.Options();
        await using Replica replica = await OpenAsync(options, store);
        await using DocumentAuthor author = new(store, options, NullLogger.Instance);
        await using DocumentLoop loop = new((replica, author), new TextOptions(), options.Time, options.Spawner, NullLogger.Instance);
        await loop.Loaded;
        Assert.Null(await TypeAsync(loop, "a", unique));

        store.Fault = StoreError.DiskFull;
        Assert.Equal(NodeError.StoreFull, await TypeAsync(loop, "lost", unique));
        Assert.Equal("a", loop.Snapshot.Text);
        Assert.Equal(NodeError.StoreFull, await TypeAsync(loop, "lost", unique));
        store.Fault = StoreError.None;
        Assert.Null(await TypeAsync(loop, "b", unique));

        Assert.Equal(unique ? "ab" : "ba", loop.Snapshot.Text);
        Assert.Equal(2, replica.Status.AppliedCount);
        Assert.False(loop.HasFailed);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_document_that_ended_by_a_fault_is_opened_anew_and_its_node_closes_all_the_same()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument before = await node.Documents.OpenAsync("notes");
        await before.InsertAsync(0, "kept");
        await before.FlushAsync();
        await before.Replica.DisposeAsync(); // as a fault of its loop does
        while (!before.HasFailed)
        {
            await Task.Delay(10);
        }

        TextDocument after = await node.Documents.OpenAsync("notes");
        Assert.Equal("kept", after.Text);
        await after.InsertAsync(4, "!");
        Assert.Same(after, await node.Documents.OpenAsync("notes"));
    }

    private static async Task<NodeError?> TypeAsync(DocumentLoop loop, string text, bool unique)
    {
        TextEdit edit = new() { Offset = unique ? null : 0, Text = text, Unique = unique, CutNow = true };
        await loop.PostAsync(edit, CancellationToken.None);
        try
        {
            await edit.Done.Task;
            return null;
        }
        catch (P2PException failed)
        {
            return failed.Error;
        }
    }

    /// <summary>Appends lines in a store of their own, under the key that a store of the same seed has.</summary>
    private static async Task<Event[]> WriteAsync(P2POptions options, params string[] lines)
    {
        await using MemoryEventStore store = new(new SeededChance(1));
        await using Replica replica = await OpenAsync(options, store);
        await using DocumentAuthor author = new(store, options, NullLogger.Instance);
        await using DocumentLoop loop = new((replica, author), new TextOptions(), options.Time, options.Spawner, NullLogger.Instance);
        foreach (string line in lines)
        {
            TextEdit edit = new() { Text = line, Unique = true };
            await loop.PostAsync(edit, CancellationToken.None);
            await edit.Done.Task;
        }

        return [.. (await replica.QueryAsync(new EventQuery())).Events.OrderBy(static e => e.Height)];
    }

    private static Task<Replica> OpenAsync(P2POptions options, IEventStore store) => Replica.OpenAsync(
        new ReplicaOptions { Genesis = Genesis.Create(options.Network, "notes"), Store = store, TypeRules = DocumentRules.Create() });

    private sealed class TestStore(MemoryEventStore inner) : IEventStore
    {
        public StoreError Fault { get; set; }

        /// <summary>What it says to have been written last under its key; null asks the store below.</summary>
        public OwnTip? OwnTip { get; init; }

        /// <summary>Blocks are read after it.</summary>
        public TaskCompletionSource? Reads { get; set; }

        /// <summary>Commits happen after it.</summary>
        public TaskCompletionSource? Commits { get; init; }

        /// <summary>Completes at the first commit.</summary>
        public TaskCompletionSource Committing { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ulong Epoch => inner.Epoch;

        public ISigner? Signer => inner.Signer;

        public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => inner.LoadAsync(genesis, cancellationToken);

        public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
            OwnTip is { } tip ? ValueTask.FromResult<OwnTip?>(tip) : inner.GetOwnTipAsync(document, author, cancellationToken);

        public async ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
        {
            Committing.TrySetResult();
            await (Commits?.Task ?? Task.CompletedTask);
            if (Fault != StoreError.None)
            {
                throw new StoreException(Fault, "The test says so.");
            }

            await inner.CommitAsync(batch, cancellationToken);
        }

        public async ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken)
        {
            await (Reads?.Task ?? Task.CompletedTask);
            return await inner.GetBlockAsync(cid, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
