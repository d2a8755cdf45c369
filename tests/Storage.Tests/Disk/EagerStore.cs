using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Tests.Disk;

/// <summary>A store that says "done" before it is: each batch is committed when the next one comes. The harness must catch it.</summary>
internal sealed class EagerStore(IEventStore inner) : IEventStore
{
    private StoreBatch? _promised;

    public ulong Epoch => inner.Epoch;

    public ISigner? Signer => inner.Signer;

    public IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken) => inner.LoadAsync(genesis, cancellationToken);

    public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
        inner.GetOwnTipAsync(document, author, cancellationToken);

    public async ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _promised, batch) is StoreBatch late)
        {
            await inner.CommitAsync(late, cancellationToken);
        }
    }

    public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) =>
        _promised?.Applied.FirstOrDefault(e => e.Cid == cid) is Event promised
            ? ValueTask.FromResult<ReadOnlyMemory<byte>?>(promised.Bytes)
            : inner.GetBlockAsync(cid, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
