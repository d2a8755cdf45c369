using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>The blocks of a <see cref="SqliteEventStore"/>: events of all documents, genesis blocks and raw data; and which roots are to stay. Owned by the store.</summary>
public sealed class SqliteBlockStore : IBlockStore, IPinStore
{
    private readonly SqliteEventStore _store;

    internal SqliteBlockStore(SqliteEventStore store) => _store = store;

    /// <inheritdoc/>
    /// <remarks>Null for blocks that compaction dropped: a stranger who asks for one would have a whole snapshot read. Sync brings them.</remarks>
    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken) => _store.GetHeldAsync(cid, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken) => await _store.HasBlockAsync(cid, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="BlockStoreException">The quota or the disk's reserve is used up; own events still find room.</exception>
    public async ValueTask PutAsync(Block block, CancellationToken cancellationToken)
    {
        if (_store.Room != StoreRoom.Everyone)
        {
            throw new BlockStoreException(BlockStoreError.Full, "The store's quota or the disk's reserve is used up. Free space, or raise Storage.QuotaBytes.");
        }

        await _store.PutBlockAsync(block.Cid, block.Data, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask PinAsync(Cid root, CancellationToken cancellationToken) => new(_store.PinAsync(root, cancellationToken));

    /// <inheritdoc/>
    public ValueTask UnpinAsync(Cid root, CancellationToken cancellationToken) => new(_store.UnpinAsync(root, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Cid>> PinsAsync(CancellationToken cancellationToken) => await _store.PinsAsync(cancellationToken);
}
