using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Cli.Benchmarks;

/// <summary>A memory store whose commits are measured.</summary>
/// <param name="store">The store; owned.</param>
/// <param name="commits">The meter.</param>
internal sealed class MeasuredStore(MemoryEventStore store, WorkMeter commits) : IEventStore
{
    public ulong Epoch => store.Epoch;

    public ISigner? Signer => store.Signer;

    public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => store.LoadAsync(genesis, cancellationToken);

    public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
        store.GetOwnTipAsync(document, author, cancellationToken);

    public ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
    {
        WorkMark mark = commits.Begin();
        ValueTask done = store.CommitAsync(batch, cancellationToken); // done at once, on this thread
        commits.End(mark);
        return done;
    }

    public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) => store.GetBlockAsync(cid, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();
}
