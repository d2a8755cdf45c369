using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>
/// Port: where the events of all documents of one node are kept. Implementations are thread-safe. After
/// <see cref="StoreError.Io"/> every later call fails: reopen the store.
/// </summary>
/// <remarks>
/// Spec: durability. The seed's verbs (append, insert, heads, missing links, query) are members of <see cref="Replica"/>:
/// they need the DAG, which only its loop owns, and a store that invented heads on its own could contradict it.
/// </remarks>
public interface IEventStore : IAsyncDisposable
{
    /// <summary>Changes when cursors lose their meaning (a new or restored store).</summary>
    ulong Epoch { get; }

    /// <summary>
    /// Epoch of cursors into one document, as it was loaded last: <see cref="Epoch"/> as long as the numbers of its events are those of the log. Another
    /// one once the document was erased and made anew; one that never comes again while an applied event cannot be read, since all behind it have other numbers then.
    /// </summary>
    /// <param name="document">The document.</param>
    ulong EpochOf(Cid document) => Epoch;

    /// <summary>The author key kept in this store; null when it is none to write with.</summary>
    ISigner? Signer { get; }

    /// <summary>The key that writes in a document: <see cref="Signer"/>, unless the document was given one of its own.</summary>
    /// <param name="document">The document.</param>
    ISigner? SignerOf(Cid document) => Signer;

    /// <summary>Whose events it takes now. Changes by itself; asked before events of others are admitted, so that they wait instead of failing.</summary>
    StoreRoom Room => StoreRoom.Everyone;

    /// <summary>
    /// Whether an author has room left of his share: beyond it his events wait (<see cref="BusyReason.AuthorShare"/>), those of others come in. Own
    /// keys have no share. Called for every event of others: costs a look into memory.
    /// </summary>
    /// <param name="author">Protobuf form of the key.</param>
    bool HasRoomFor(ReadOnlySpan<byte> author) => true;

    /// <summary>
    /// Makes a new author key durable and writes with it from now on, because the present one was used elsewhere. The old events stay; nothing is
    /// signed with the old key any more.
    /// </summary>
    /// <param name="cancellationToken">Cancelling stops waiting; the key may be another one all the same.</param>
    /// <returns>The new key, which is <see cref="Signer"/> now; null when this store keeps none.</returns>
    /// <exception cref="StoreException">The store failed: the old key is still there and must not be used.</exception>
    ValueTask<ISigner?> RenewSignerAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ISigner?>(null);

    /// <summary>
    /// Makes a new author key durable for one document, because own events of it are not here any more: a number is never used twice there, and
    /// everywhere else <see cref="Signer"/> goes on, with what others have granted it.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancelling stops waiting; the document may have its key all the same.</param>
    /// <returns>The new key, which is <see cref="SignerOf"/> now; null when this store keeps none.</returns>
    /// <exception cref="StoreException">The store failed: the key of before is still the document's.</exception>
    ValueTask<ISigner?> RenewSignerAsync(Cid document, CancellationToken cancellationToken) => ValueTask.FromResult<ISigner?>(null);

    /// <summary>Registers a document and reads everything held of it: applied events in arrival order, then held ones.</summary>
    /// <param name="genesis">The document.</param>
    /// <param name="cancellationToken">Cancelling leaves the store unchanged.</param>
    /// <exception cref="StoreException">The store failed.</exception>
    IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, CancellationToken cancellationToken);

    /// <summary>The newest own event in a document, or null.</summary>
    /// <param name="document">The document.</param>
    /// <param name="author">Protobuf form of the key.</param>
    /// <param name="cancellationToken">Cancelling leaves the store unchanged.</param>
    ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken);

    /// <summary>
    /// Every key that wrote events of a document through this store, the present one too, by their bytes: what former keys said is still ours, and is
    /// shown again when such a key turns out to be used elsewhere.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <returns>Protobuf forms.</returns>
    /// <exception cref="StoreException">The store failed.</exception>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetOwnAuthorsAsync(Cid document, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>([]);

    /// <summary>Makes a batch durable; batches of several callers share a transaction. Idempotent by CID.</summary>
    /// <param name="batch">What changes together.</param>
    /// <param name="cancellationToken">Cancelling stops waiting; the batch may still become durable.</param>
    /// <exception cref="StoreException">Not acknowledged. With <see cref="StoreError.DiskFull"/> nothing of the batch is there.</exception>
    ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken);

    /// <summary>Who has shown that it holds which snapshot of a document, as committed in <see cref="StoreBatch.Acknowledged"/>.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancelling leaves the store unchanged.</param>
    ValueTask<IReadOnlyList<SnapshotAcknowledgement>> GetAcknowledgementsAsync(Cid document, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SnapshotAcknowledgement>>([]);

    /// <summary>Whether <see cref="CompactAsync"/> does anything.</summary>
    bool CanCompact => false;

    /// <summary>
    /// Drops the bytes of blocks that the data of a snapshot in this store has as well; what follows from the events (links, order, numbers) is kept.
    /// They load and are got as before, read from the snapshot. All of it is durable, or nothing. Heads, and what is not an applied event of the
    /// document, stay.
    /// </summary>
    /// <param name="compaction">Compared with the snapshot's data by the caller.</param>
    /// <param name="cancellationToken">Cancelling stops waiting.</param>
    /// <exception cref="StoreException">The store failed, or keeps no such index.</exception>
    ValueTask<StoreCompacted> CompactAsync(StoreCompaction compaction, CancellationToken cancellationToken) =>
        throw new StoreException(StoreError.ReadOnly, "This store keeps no index of dropped blocks.");

    /// <summary>
    /// Notes that the user of this store left a document: <see cref="DocumentsAsync"/> names it no more until <see cref="LoadAsync"/> registers it again.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancelling stops waiting.</param>
    /// <exception cref="StoreException">The store failed.</exception>
    ValueTask LeaveAsync(Cid document, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>
    /// Erases a document that no replica has open: its events, heads and genesis. The newest own event is still remembered by number, so that a later
    /// event never uses it again.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancelling stops waiting; it may be erased all the same.</param>
    /// <exception cref="StoreException">The store failed, or cannot erase; then everything is still there.</exception>
    ValueTask<StoreErased> EraseAsync(Cid document, CancellationToken cancellationToken) =>
        throw new StoreException(StoreError.ReadOnly, "This store keeps what it has.");

    /// <summary>A block's bytes, verified against the CID, or null when it is not held or was found rotten (and quarantined).</summary>
    /// <param name="cid">The name.</param>
    /// <param name="cancellationToken">Cancelling leaves the store unchanged.</param>
    ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken);

    /// <summary>Documents registered here whose genesis block is held, open or not.</summary>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="StoreException">The store failed.</exception>
    ValueTask<IReadOnlyList<Genesis>> DocumentsAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<Genesis>>([]);

    /// <summary>What is kept of a document beside its events; null when this store keeps nothing, or does not know the document.</summary>
    /// <param name="document">The document.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="StoreException">The store failed.</exception>
    ValueTask<StoredTips?> TipsAsync(Cid document, CancellationToken cancellationToken) => ValueTask.FromResult<StoredTips?>(null);
}
