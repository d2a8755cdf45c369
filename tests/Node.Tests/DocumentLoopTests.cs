using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Replication;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>The loop of a document over a store that fails when the test says so.</summary>
public sealed class DocumentLoopTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_edit_on_whose_behalf_a_cut_fails_is_told_so(bool unique)
    {
        await using MemoryEventStore memory = new(new SeededChance(1));
        FailingStore store = new(memory);
        P2POptions options = TestNodes.Options();
        await using Replica replica = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = Genesis.Create(options.Network, "notes"), Store = store, TypeRules = DocumentRules.Create() });
        await using DocumentAuthor author = new(store, options, NullLogger.Instance);
        TextOptions text = new() { IdleCut = TimeSpan.FromHours(1), AgeCut = TimeSpan.FromHours(1) };
        await using DocumentLoop loop = new((replica, author), text, options.Time, options.Spawner, NullLogger.Instance);
        await loop.Loaded;

        store.Fails = true;
        TextEdit typed = new() { Offset = 0, Text = "typed" };
        TextEdit second = unique ? new TextEdit { Text = "line", Unique = true } : new TextEdit { Ask = static (_, _) => { } };
        await loop.PostAsync(typed, CancellationToken.None);
        await loop.PostAsync(second, CancellationToken.None);

        Assert.Equal(NodeError.StoreFailed, (await Assert.ThrowsAsync<P2PException>(() => typed.Done.Task)).Error);
        Assert.Equal(NodeError.StoreFailed, (await Assert.ThrowsAsync<P2PException>(() => second.Done.Task)).Error);
    }

    private sealed class FailingStore(MemoryEventStore inner) : IEventStore
    {
        public bool Fails { get; set; }

        public ulong Epoch => inner.Epoch;

        public ISigner? Signer => inner.Signer;

        public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => inner.LoadAsync(genesis, cancellationToken);

        public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
            inner.GetOwnTipAsync(document, author, cancellationToken);

        public ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken) => Fails
            ? ValueTask.FromException(new StoreException(StoreError.Io, "The test says so."))
            : inner.CommitAsync(batch, cancellationToken);

        public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => inner.GetBlockAsync(cid, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
