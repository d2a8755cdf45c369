using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>A store whose commits fail as long as it is told so.</summary>
internal sealed class FailingStore(MemoryEventStore inner) : IEventStore
{
    public StoreError Next { get; set; }

    public ulong Epoch => inner.Epoch;

    public ISigner? Signer => inner.Signer;

    public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => inner.LoadAsync(genesis, cancellationToken);

    public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
        inner.GetOwnTipAsync(document, author, cancellationToken);

    public ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken) => Next == StoreError.None
        ? inner.CommitAsync(batch, cancellationToken)
        : ValueTask.FromException(new StoreException(Next, "The test says so."));

    public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => inner.GetBlockAsync(cid, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
