using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Eviction;

namespace P2P.Storage;

/// <summary>
/// Events and blocks of all documents of one node in one SQLite database: durable before acknowledged, verified when read, one process a folder.
/// Keeps the author key of the folder. Thread-safe.
/// </summary>
/// <remarks>Spec: durability.</remarks>
public sealed class SqliteEventStore : IEventStore
{
    internal const string FileName = "store.db";
    private const int PageEvents = 512;

    private readonly DataDirectoryLock _lock;
    private readonly SqliteConnection _connection;
    private readonly StoreMeta _meta;
    private readonly StoreSpace _space;
    private readonly StoreMetrics _metrics;
    private readonly StoreWriter _writer;
    private readonly StoreReaders _readers;
    private readonly StoreArchives _archives;
    private readonly bool _hasAcknowledgements;
    private readonly bool _hasLogIndex;
    private readonly IChance _chance;
    private readonly ConcurrentDictionary<Cid, ulong> _epochs = [];
    private readonly StoreAuthors _authors;
    private volatile bool _isRelisted;
    private int _disposed;

    private SqliteEventStore(
        DataDirectoryLock held, (SqliteConnection Connection, bool IsNew) database, string path, StorageOptions options, (IChance Chance, ISpawner Spawner) runtime)
    {
        (SqliteConnection connection, bool isNew) = database;
        (IChance chance, ISpawner spawner) = runtime;
        _lock = held;
        _connection = connection;
        _meta = new StoreMeta(connection);
        WasClean = isNew || _meta.Get(StoreMeta.Clean) is not null || _meta.Get(StoreMeta.AuthorKey) is null;
        _chance = chance;
        PrivateKey author;
        if (isNew)
        {
            author = AuthorKeyRing.Read(Path.GetDirectoryName(path)!, _meta);
        }
        else
        {
            RepairedRows = StoreCheck.Run(connection);
            _meta.Set((StoreMeta.Clean, null));
            (author, AuthorRotated) = AuthorKeyRing.Open(Path.GetDirectoryName(path)!, _meta, chance);
        }

        IsAuthorImported = !AuthorRotated && _meta.Get(StoreMeta.Imported) is { Length: > 0 };
        Renewed = FormerKeys.List(_meta).FirstOrDefault(static renewal => renewal.Document.IsNone);
        Epoch = OpenEpoch(chance);
        _space = new StoreSpace(Path.GetDirectoryName(path)!, options);
        _readers = new StoreReaders(path, options.Readers, options.Vfs);
        _metrics = new StoreMetrics(options.Meters, _space, () => CorruptBlocks);
        _writer = new StoreWriter(connection, _space, options, (_metrics, spawner));
        _authors = new StoreAuthors((author, FormerKeys.OfDocuments(_meta)), (_writer, _readers), chance);
        _hasAcknowledgements = options.SchemaVersionMax >= StoreSchema.SharesSince; // tests make older stores, which have no such table
        _hasLogIndex = options.SchemaVersionMax >= LogTable.Since;
        _archives = new StoreArchives(_readers, GetHeldAsync, options.ArchiveCacheBytes);
        Blocks = new SqliteBlockStore(this);
        Federation = new SqliteFederationStore(_writer, _readers);
        Eviction = new StoreEviction(_writer, _readers, _space, options, () => _authors.Signer);
    }

    /// <inheritdoc/>
    public ulong Epoch { get; }

    /// <inheritdoc/>
    public ulong EpochOf(Cid document) => _epochs.TryGetValue(document, out ulong loaded) ? loaded : Epoch;

    /// <inheritdoc/>
    public ISigner? Signer => _authors.Signer;

    /// <inheritdoc/>
    public ISigner? SignerOf(Cid document) => _authors.Of(document);

    /// <inheritdoc/>
    public StoreRoom Room => _space.Room;

    /// <summary>Bytes of the database in use, as of the last commit; <see cref="StorageOptions.QuotaBytes"/> limits them.</summary>
    public long UsedBytes => _space.UsedBytes;

    /// <inheritdoc/>
    public bool HasRoomFor(ReadOnlySpan<byte> author) => _writer.HasRoomFor(author);

    /// <summary>The same database as a block store: Bitswap serves events and raw blocks from it.</summary>
    public SqliteBlockStore Blocks { get; }

    /// <summary>The tables of the federation in the same database.</summary>
    public SqliteFederationStore Federation { get; }

    /// <summary>Room below the quota, made of blocks that can be fetched again.</summary>
    public StoreEviction Eviction { get; }

    /// <summary>Whether the last program closed it properly.</summary>
    public bool WasClean { get; }

    /// <summary>Whether the folder was restored or copied, so that a new author key was made before the first write.</summary>
    public bool AuthorRotated { get; }

    /// <summary>The author key of the folder that was replaced last, before or at this open; null when there was none.</summary>
    public AuthorRenewal? Renewed { get; }

    /// <summary>Whether the author key came from a key file and is written with since this open.</summary>
    public bool IsAuthorImported { get; }

    /// <summary>Rows found wrong and rebuilt at this open; looked for only when the last program did not close properly.</summary>
    public int RepairedRows { get; }

    /// <summary>Whether documents and log were made again from their rows since the start.</summary>
    internal bool IsRelisted => _isRelisted;

    /// <summary>Rotten blocks met since the start; they are quarantined and fetched again.</summary>
    public int CorruptBlocks => Volatile.Read(ref _corruptBlocks);

    private int _corruptBlocks;

    /// <summary>Opens the store of a folder, creating both as needed.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="options">How.</param>
    /// <param name="chance">Source of randomness for a fresh author key.</param>
    /// <param name="spawner">Where the writer runs.</param>
    /// <exception cref="StoreException">In use, not writable, damaged, or written by a newer program; the message says what to do.</exception>
    public static SqliteEventStore Open(string directory, StorageOptions options, IChance chance, ISpawner spawner)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        ArgumentNullException.ThrowIfNull(options);
        string path = Path.Combine(Path.GetFullPath(directory), FileName);
        DataDirectoryLock held = DataDirectoryLock.Take(Path.GetFullPath(directory));
        SqliteConnection connection = StoreSchema.Connect(path, SqliteOpenMode.ReadWriteCreate, options.Vfs);
        try
        {
            StoreSchema.RefuseNewer(path, options.Vfs);
            connection.Open();
            bool isNew = StoreSchema.Open(connection, options, making => AuthorKeyRing.Make(Path.GetDirectoryName(path)!, making, chance));
            return new SqliteEventStore(held, (connection, isNew), path, options, (chance, spawner));
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            connection.Dispose();
            held.Dispose();
            throw SqliteError.Translate(error, path);
        }
        catch
        {
            connection.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredBlock> LoadAsync(Genesis genesis, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(genesis);
        bool isRelisted = await RelistAsync(genesis.Cid, cancellationToken);
        if (!await _readers.IsDocumentAsync(genesis.Cid, cancellationToken))
        {
            await _writer.WriteAsync(new StoreWrite { Document = (genesis.Cid, genesis.Bytes), Salt = Draw() }, cancellationToken);
        }

        _epochs[genesis.Cid] = await EpochAsync(genesis.Cid, cancellationToken);
        LeaveOut(genesis.Cid, isRelisted);

        foreach (bool applied in new[] { true, false })
        {
            long after = 0;
            List<StoredRow> page;
            do
            {
                page = await _readers.PageAsync(genesis.Cid, applied, after, PageEvents, cancellationToken);
                if (!page.TrueForAll(static r => r.IsIndexed))
                {
                    await _writer.WriteAsync(new StoreWrite { Reindex = true }, cancellationToken);
                }

                foreach ((long position, Cid cid, byte[]? stored, _) in page)
                {
                    after = position;
                    if (cid.IsNone)
                    {
                        LeaveOut(genesis.Cid, applied);
                        Interlocked.Increment(ref _corruptBlocks); // `store verify` names it; what stands on it waits, and asks peers for what it misses
                        continue;
                    }

                    if (await WholeAsync(genesis.Cid, cid, stored, cancellationToken) is not ReadOnlyMemory<byte> bytes)
                    {
                        LeaveOut(genesis.Cid, applied);
                        await ReportRottenAsync(cid, stored is not null, cancellationToken);
                        continue; // missing from here on: the replica fetches it again
                    }

                    yield return new StoredBlock(cid, bytes, applied);
                }
            }
            while (page.Count == PageEvents);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ISigner?> RenewSignerAsync(CancellationToken cancellationToken) => await _authors.RenewAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ISigner?> RenewSignerAsync(Cid document, CancellationToken cancellationToken) => await _authors.RenewAsync(document, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<OwnTip?> GetOwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
        await _readers.OwnTipAsync(document, author, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetOwnAuthorsAsync(Cid document, CancellationToken cancellationToken) =>
        await _readers.UseAsync(connection => TipReader.OwnAuthors(connection, document), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<Genesis>> DocumentsAsync(CancellationToken cancellationToken) =>
        await _readers.UseAsync(TipReader.Documents, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StoredTips?> TipsAsync(Cid document, CancellationToken cancellationToken) =>
        await _readers.UseAsync(connection => TipReader.Tips(connection, document), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask CommitAsync(StoreBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        await _writer.WriteAsync(new StoreWrite { Batch = batch }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(Cid document, CancellationToken cancellationToken) =>
        await _writer.WriteAsync(new StoreWrite { Leave = document }, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StoreErased> EraseAsync(Cid document, CancellationToken cancellationToken)
    {
        StoreWrite write = new() { Erase = document };
        await _writer.WriteAsync(write, cancellationToken);
        await _archives.ForgetAsync(document);
        return write.Erased;
    }

    /// <inheritdoc/>
    public async ValueTask<ReadOnlyMemory<byte>?> GetBlockAsync(Cid cid, CancellationToken cancellationToken) =>
        await GetHeldAsync(cid, cancellationToken) is ReadOnlyMemory<byte> held ? held
        : await _readers.DocumentOfAsync(cid, cancellationToken) is { IsNone: false } document ? await _archives.FindAsync(document, cid, cancellationToken)
        : default;

    /// <inheritdoc/>
    public bool CanCompact => true;

    /// <inheritdoc/>
    public async ValueTask<StoreCompacted> CompactAsync(StoreCompaction compaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(compaction);
        StoreWrite write = new() { Compaction = compaction };
        cancellationToken.ThrowIfCancellationRequested();
        await _writer.WriteAsync(write, CancellationToken.None); // who reads must know of the snapshot as soon as a block is gone
        await _archives.ForgetAsync(compaction.Document);
        return write.Compacted;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SnapshotAcknowledgement>> GetAcknowledgementsAsync(Cid document, CancellationToken cancellationToken) =>
        _hasAcknowledgements ? await _readers.AcknowledgementsAsync(document, cancellationToken) : [];

    /// <summary>As <see cref="GetBlockAsync"/>, but for dropped blocks, which are null.</summary>
    internal async ValueTask<ReadOnlyMemory<byte>?> GetHeldAsync(Cid cid, CancellationToken cancellationToken)
    {
        byte[]? bytes = await _readers.BlockAsync(cid, cancellationToken);
        if (bytes is not null && !cid.Verify(bytes))
        {
            await ReportRottenAsync(cid, quarantine: true, cancellationToken);
            bytes = await _readers.BlockAsync(cid, cancellationToken); // whole after all, if only the index was rotten
        }

        return bytes is not null && cid.Verify(bytes) ? bytes : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>Commits what waits, folds the write-ahead log into the database and notes the clean end. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _writer.DisposeAsync();
        _metrics.Dispose();
        _readers.Dispose();
        if (_writer.Poison is null)
        {
            CloseCleanly();
        }

        await _connection.DisposeAsync();
        _authors.Dispose();
        _lock.Dispose();
    }

    internal Task PutBlockAsync(Cid cid, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        _writer.WriteAsync(new StoreWrite { Block = (cid, bytes) }, cancellationToken);

    internal Task PinAsync(Cid root, CancellationToken cancellationToken) => _writer.WriteAsync(new StoreWrite { Pin = root }, cancellationToken);

    internal Task UnpinAsync(Cid root, CancellationToken cancellationToken) => _writer.WriteAsync(new StoreWrite { Unpin = root }, cancellationToken);

    internal Task<IReadOnlyList<Cid>> PinsAsync(CancellationToken cancellationToken) => _readers.PinsAsync(cancellationToken);

    internal Task<bool> HasBlockAsync(Cid cid, CancellationToken cancellationToken) => _readers.HasAsync(cid, cancellationToken);

    private async ValueTask<ReadOnlyMemory<byte>?> WholeAsync(Cid document, Cid cid, byte[]? stored, CancellationToken cancellationToken) =>
        stored is null ? await _archives.FindAsync(document, cid, cancellationToken) : cid.Verify(stored) ? stored : default(ReadOnlyMemory<byte>?);

    // An index that leads past rows which are whole would hide them from everybody, the author included.
    private async ValueTask<bool> RelistAsync(Cid document, CancellationToken cancellationToken)
    {
        if (!_isRelisted && _hasLogIndex && !await _readers.AgreesAsync(document, cancellationToken))
        {
            await _writer.WriteAsync(new StoreWrite { Relist = true }, cancellationToken);
            _isRelisted = true;
        }

        return _isRelisted;
    }

    // Drawn when the document came in: whatever is erased and comes again is another one to cursors. Stores of before have none.
    private async ValueTask<ulong> EpochAsync(Cid document, CancellationToken cancellationToken)
    {
        byte[]? salt = await _readers.UseAsync(connection => StoreMeta.Get(connection, StoreMeta.EpochKey(document)), cancellationToken);
        return salt is { Length: 8 } ? Epoch ^ BinaryPrimitives.ReadUInt64BigEndian(salt) : Epoch;
    }

    // The numbers of all behind it are others than the log's as long as this run goes on, healed or not: no cursor may outlive it. The log itself keeps
    // the place, so when all can be read again the cursors of before are good again.
    private void LeaveOut(Cid document, bool applied)
    {
        if (applied)
        {
            _epochs[document] = BinaryPrimitives.ReadUInt64BigEndian(Draw());
        }
    }

    private byte[] Draw()
    {
        byte[] drawn = new byte[8];
        _chance.Fill(drawn);
        return drawn;
    }

    private void CloseCleanly()
    {
        try
        {
            _meta.Set((StoreMeta.Clean, [1]));
            StoreSchema.Execute(_connection, "PRAGMA wal_checkpoint(TRUNCATE);");
        }
        catch (SqliteException)
        {
            // The next open checks everything instead: that is what the missing mark is for.
        }
    }

    private async Task ReportRottenAsync(Cid cid, bool quarantine, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _corruptBlocks);
        if (quarantine)
        {
            await _writer.WriteAsync(new StoreWrite { Quarantine = cid }, cancellationToken);
        }
    }

    private ulong OpenEpoch(IChance chance)
    {
        byte[]? stored = AuthorRotated ? null : _meta.Get(StoreMeta.Epoch);
        if (stored is null)
        {
            stored = new byte[StoreMeta.EpochBytes];
            chance.Fill(stored);
            _meta.Set((StoreMeta.Epoch, stored));
        }

        return BinaryPrimitives.ReadUInt64BigEndian(stored);
    }
}
