using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Events in memory: for tests and nodes that keep nothing. A fresh author key per store. Thread-safe.</summary>
public sealed class MemoryEventStore : IEventStore
{
    private readonly ConcurrentDictionary<Cid, ReadOnlyMemory<byte>> _blocks = [];
    private readonly ConcurrentDictionary<Cid, MemoryDocument> _documents = [];
    private readonly ConcurrentDictionary<Cid, Genesis> _genesis = [];
    private readonly ConcurrentDictionary<Cid, ulong> _epochs = [];
    private readonly ConcurrentDictionary<Cid, ISigner> _signers = [];
    private readonly IChance _chance;
    private readonly ConcurrentStack<PrivateKey> _keys = [];
    private volatile ISigner? _signer;

    /// <summary>An empty store.</summary>
    /// <param name="chance">Draws the author key and the epoch.</param>
    /// <param name="withKey">Whether it has an author key; without, replicas only read.</param>
    public MemoryEventStore(IChance chance, bool withKey = true)
    {
        ArgumentNullException.ThrowIfNull(chance);
        _chance = chance;
        Epoch = chance.NextUInt64();
        if (withKey)
        {
            _signer = MakeSigner();
        }
    }

    /// <inheritdoc/>
    public ulong Epoch { get; }

    /// <inheritdoc/>
    public ulong EpochOf(Cid document) => _epochs.TryGetValue(document, out ulong since) ? since : Epoch;

    /// <inheritdoc/>
    public ISigner? Signer => _signer;

    /// <inheritdoc/>
    public ISigner? SignerOf(Cid document) => _signers.TryGetValue(document, out ISigner? own) ? own : _signer;

    /// <inheritdoc/>
    public ValueTask<ISigner?> RenewSignerAsync(CancellationToken cancellationToken)
    {
        if (_signer is not null)
        {
            _signer = MakeSigner();
            _signers.Clear(); // whoever has the one has the others
        }

        return ValueTask.FromResult(_signer);
    }

    /// <inheritdoc/>
    public ValueTask<ISigner?> RenewSignerAsync(Cid document, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_signer is null ? null : _signers[document] = MakeSigner());

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        await Task.CompletedTask;
        _genesis.TryAdd(genesis.Cid, genesis);
        foreach (StoredBlock block in DocumentOf(genesis.Cid).Snapshot())
        {
            yield return block;
        }
    }

    /// <inheritdoc/>
    public ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
        ValueTask.FromResult(DocumentOf(document).Tip(author));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetOwnAuthorsAsync(Cid document, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<ReadOnlyMemory<byte>>>(DocumentOf(document).OwnAuthors());

    /// <inheritdoc/>
    public ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (Event stored in batch.Applied.Concat(batch.Held))
        {
            _blocks[stored.Cid] = stored.Bytes;
        }

        foreach (Cid dropped in DocumentOf(batch.Document).Commit(batch))
        {
            _blocks.TryRemove(dropped, out _);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<StoreErased> EraseAsync(Cid document, CancellationToken cancellationToken)
    {
        long events = 0;
        long bytes = 0;
        MemoryDocument erased = DocumentOf(document);
        foreach (StoredBlock block in erased.Snapshot())
        {
            _blocks.TryRemove(block.Cid, out _);
            events++;
            bytes += block.Bytes.Length;
        }

        _epochs[document] = _chance.NextUInt64(); // what comes now is counted from the beginning
        _documents[document] = erased.Emptied();
        return ValueTask.FromResult(new StoreErased(events, bytes));
    }

    /// <inheritdoc/>
    public ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_blocks.TryGetValue(cid, out ReadOnlyMemory<byte> block) ? (ReadOnlyMemory<byte>?)block : null);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Genesis>> DocumentsAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<Genesis>>([.. _genesis.Values.OrderBy(static g => g.Cid)]);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        while (_keys.TryPop(out PrivateKey? key))
        {
            key.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private KeySigner MakeSigner()
    {
        PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, _chance);
        _keys.Push(key);
        return new KeySigner(key);
    }

    private MemoryDocument DocumentOf(Cid document) => _documents.GetOrAdd(document, static _ => new MemoryDocument());
}
