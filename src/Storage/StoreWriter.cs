using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using P2P.Core.Runtime;
using P2P.Crdt.Federation.Tables;
using P2P.Crdt.Replication;
using P2P.Storage.Eviction;

namespace P2P.Storage;

/// <summary>
/// The one writer: takes what waits, puts it into one transaction, commits, then acknowledges all of it. While a commit is on its way to the disk
/// the next group gathers, so no timer is needed and a lone append waits for nobody. After an I/O error nothing is acknowledged any more.
/// </summary>
/// <remarks>Spec: durability, D1 to D5.</remarks>
internal sealed class StoreWriter : IAsyncDisposable
{
    private readonly SqliteConnection _connection;
    private readonly StoreSpace _space;
    private readonly StorageOptions _options;
    private readonly StoreMetrics _metrics;
    private readonly WriteStatements _statements;
    private readonly AuthorShares _shares;
    private readonly StoreFile? _file;
    private readonly EvictionGuard _guard = new();
    private readonly Channel<StoreWrite> _inbox;
    private readonly Task _running;
    private volatile StoreException? _poison;
    private bool _relaxedNow;
    private bool _reindexed;
    private bool _relisted;

    public StoreWriter(SqliteConnection connection, StoreSpace space, StorageOptions options, (StoreMetrics Metrics, ISpawner Spawner) runtime)
    {
        _metrics = runtime.Metrics;
        _connection = connection;
        _space = space;
        _options = options;
        _shares = new AuthorShares(connection, options);
        _file = options.Vfs is null ? new StoreFile(connection.DataSource) : null; // a recorded disk of a test has no files
        Ages = new EvictionAges(StoreSchema.Scalar(connection, "SELECT MAX(id) FROM block"));
        _statements = new WriteStatements(connection, _shares, (Ages, _guard), options.OnIo);
        _inbox = Channel.CreateBounded<StoreWrite>(new BoundedChannelOptions(options.InboxCapacity) { SingleReader = true });
        MeasureUse();
        _running = runtime.Spawner.StartAsync(RunAsync);
    }

    /// <summary>Which blocks are old.</summary>
    public EvictionAges Ages { get; }

    /// <summary>Called after a commit that left the store nearly at its quota.</summary>
    public Action? Pressed { get; set; }

    /// <summary>What broke the store, or null.</summary>
    public StoreException? Poison => _poison;

    /// <summary>Whether an author has room left of his share. Any thread.</summary>
    public bool HasRoomFor(ReadOnlySpan<byte> author) => _shares.HasRoom(author);

    public async Task WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        if (_poison is StoreException broken)
        {
            throw broken;
        }

        try
        {
            await _inbox.Writer.WriteAsync(write, cancellationToken);
        }
        catch (ChannelClosedException error)
        {
            throw new StoreException(StoreError.Closed, "The store is closed.", error);
        }

        await write.Done.Task.OrCanceledAsync(cancellationToken);
    }

    /// <summary>Commits what waits, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _inbox.Writer.TryComplete();
        await _running;
        _statements.Dispose();
    }

    private async Task RunAsync()
    {
        List<StoreWrite> group = [];
        while (await _inbox.Reader.WaitToReadAsync())
        {
            int events = 0;
            while (events < _options.GroupEventsMax && _inbox.Reader.TryRead(out StoreWrite? write))
            {
                group.Add(write);
                events += write.Events;
            }

            try
            {
                WorkMark? mark = _options.Commits?.Begin();
                Traced(group);
                _options.Commits?.End(mark);
            }
            catch (Exception error)
            {
                // Nobody waits for ever, and the store still closes, whatever it was.
                _poison ??= new StoreException(StoreError.Corrupt, $"The store {_connection.DataSource} failed: {error.Message}", error);
                Finish(group, _poison);
            }

            group.Clear();
        }
    }

    private void Traced(List<StoreWrite> group)
    {
        using Activity? activity = Begin(group);
        Commit(group);
        if (group[0].Done.Task.Exception?.InnerException is StoreException failed)
        {
            activity.Failed(failed.Error);
        }
    }

    // One transaction serves all who wait: a child of one, linked to the others.
    private static Activity? Begin(List<StoreWrite> group)
    {
        if (!StorageTraces.Source.HasListeners())
        {
            return null;
        }

        ActivityContext[] causes = [.. group.Select(static w => w.Cause).Where(static c => c != default)];
        Activity? activity = StorageTraces.Source.StartAside(
            StorageTraces.Commit, causes.FirstOrDefault(), causes.Skip(1).Select(static c => new ActivityLink(c)));
        return activity?.SetTag("p2p.storage.writes", group.Count).SetTag("p2p.storage.events", group.Sum(static w => w.Batch?.Applied.Count ?? 0));
    }

    private void Commit(List<StoreWrite> group)
    {
        if (_poison is null && _space.Room == StoreRoom.None && group.Exists(static w => !w.Frees))
        {
            Finish(group.FindAll(static w => !w.Frees), Full());
            group = group.FindAll(static w => w.Frees); // in their order
            if (group.Count == 0)
            {
                return;
            }
        }

        StoreException? failure = _poison;
        try
        {
            if (failure is null)
            {
                CommitInOneTransaction(group);
                failure = _poison = Lost(); // after the commit: what is acknowledged was in the file that the next start finds
            }
        }
        catch (SqliteException error)
        {
            _shares.RollBack();
            failure = SqliteError.Translate(error, _connection.DataSource);
            _poison = failure.Error == StoreError.DiskFull ? null : failure; // a full disk rolled back cleanly; all else poisons the handle
        }
        catch (StoreException) when (group.Count > 1)
        {
            _shares.RollBack();
            Alone(group); // one write of a document that is gone must not fail those of others
            return;
        }
        catch (StoreException refused)
        {
            _shares.RollBack();
            failure = refused;
        }
        catch (InvalidOperationException error)
        {
            _shares.RollBack();
            failure = _poison = new StoreException(StoreError.Corrupt, $"The store {_connection.DataSource} contradicts itself: {error.Message}", error);
        }

        Finish(group, failure);
    }

    private void Alone(List<StoreWrite> group)
    {
        foreach (StoreWrite write in group)
        {
            Commit([write]);
        }
    }

    private void Finish(List<StoreWrite> group, StoreException? failure)
    {
        if (failure is null)
        {
            _metrics.Committed(group.Count);
        }
        else
        {
            _metrics.Failed(failure.Error, group.Count);
        }

        foreach (StoreWrite write in group)
        {
            if (failure is null)
            {
                write.Done.TrySetResult();
            }
            else
            {
                write.Done.TrySetException(failure);
            }
        }
    }

    private void CommitInOneTransaction(List<StoreWrite> group)
    {
        // Own events are synced in every mode: forgetting one would make the author contradict itself.
        bool relaxed = _options.Durability == Durability.Relaxed && group.TrueForAll(static w => w.Batch?.OwnTip is null);
        if (relaxed != _relaxedNow && _options.SynchronousAs is null)
        {
            StoreSchema.SetSynchronous(_connection, full: !relaxed);
            _relaxedNow = relaxed;
        }

        if (_options.PagesMax is Func<int> pages)
        {
            StoreSchema.Execute(_connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages()};"));
        }

        bool erases = group.Exists(static w => !w.Erase.IsNone);
        if (erases)
        {
            StoreSchema.Execute(_connection, "PRAGMA secure_delete = ON;"); // erased means overwritten, not only unlinked
        }

        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        bool reindexes = !_reindexed && group.Exists(static w => w.Reindex || !w.Quarantine.IsNone);
        bool relists = !_relisted && group.Exists(static w => w.Relist);
        if (reindexes)
        {
            BlockIndex.Rebuild(_connection, transaction); // a block that looks rotten may be another one that a rotten index leads to; it walks every block
        }

        if (relists)
        {
            StoreCheck.MakeAgain(_connection, transaction); // it walks the log of every document
        }

        _statements.Begin(transaction);
        foreach (StoreWrite write in group)
        {
            Perform(write, transaction);
        }

        _shares.Write(transaction);
        _options.OnIo?.Invoke();
        transaction.Commit();
        _options.OnIo?.Invoke();
        _shares.Commit();
        _reindexed |= reindexes; // once per open, and only what is not rolled back counts
        _relisted |= relists;
        if (erases)
        {
            StoreSchema.Execute(_connection, "PRAGMA secure_delete = OFF; PRAGMA wal_checkpoint(TRUNCATE);"); // a reader may keep the log until later
        }

        CountEvicted(group);
        MeasureUse();
        if (EvictionPolicy.BytesToFree(_space.UsedBytes, _options.QuotaBytes, _options.EvictAtPercent) > 0)
        {
            Pressed?.Invoke();
        }
    }

    private void CountEvicted(List<StoreWrite> group)
    {
        foreach (StoreWrite write in group.Where(static w => w.Evicted.Blocks > 0))
        {
            _metrics.Evicted(write.Evicted);
        }
    }

    private void MeasureUse() => _space.UsedBytes =
        (StoreSchema.Scalar(_connection, "PRAGMA page_count") - StoreSchema.Scalar(_connection, "PRAGMA freelist_count")) * StoreSchema.PageBytes;

    private StoreException? Lost() => _file is null or { IsThere: true } ? null : new StoreException(
        StoreError.Lost,
        $"The store {_connection.DataSource} was deleted, moved or replaced while it was in use: nothing more is written. Stop, put the folder or a backup back, then start again.");

    private StoreException Full() => new(
        StoreError.DiskFull,
        $"The store {_connection.DataSource}: less than {_options.OwnReserveBytes >> 20} MiB are free on its disk. Free space; writing resumes by itself.");

    private void Perform(StoreWrite write, SqliteTransaction transaction)
    {
        if (write.Document is { } document)
        {
            _statements.PutDocument(document.Cid, document.Genesis, write.Salt);
            _statements.PutMeta(StoreMeta.LeftKey(document.Cid), null);
        }

        if (write.Block is { } block)
        {
            _statements.PutLoose(block.Cid, block.Bytes);
        }

        if (!write.Quarantine.IsNone)
        {
            _statements.Quarantine(write.Quarantine);
        }

        foreach ((string key, byte[]? value) in write.AuthorKey ?? [])
        {
            _statements.PutMeta(key, value);
        }

        if (!write.Leave.IsNone)
        {
            _statements.PutMeta(StoreMeta.LeftKey(write.Leave), [1]);
        }

        if (!write.Erase.IsNone)
        {
            _statements.PutMeta(StoreMeta.EpochKey(write.Erase), null);
            write.Erased = DocumentEraser.Erase(_connection, transaction, _shares, write.Erase);
        }

        if (write.Batch is not null)
        {
            Perform(write.Batch, transaction);
        }

        if (!write.Pin.IsNone)
        {
            _statements.Pin(write.Pin);
        }

        if (!write.Unpin.IsNone)
        {
            _statements.Unpin(write.Unpin);
        }

        if (write.Snapshot is not null)
        {
            FederationTables.Put(_connection, transaction, write.Snapshot);
        }

        MakeRoom(write, transaction);
    }

    private void MakeRoom(StoreWrite write, SqliteTransaction transaction)
    {
        if (write.Compaction is not null)
        {
            _guard.Break(); // dropped events are read from the data of the snapshot
            write.Compacted = new BlockDropper(_connection, transaction, _shares, _options.OnIo).Drop(write.Compaction);
        }

        if (write.Survey)
        {
            write.SurveyFloor = Ages.Floor;
            write.SurveyNumber = _guard.Open(write.SurveyFloor);
        }

        if (write.Evict is { } evict)
        {
            write.Evicted = _guard.Holds(evict.Plan) || _options.EvictsUnguarded
                ? new BlockEvictor(_connection, transaction, _options.OnIo).Drop(evict.Blocks)
                : new StoreEvicted(0, 0, IsOutdated: true);
        }
    }

    private void Perform(StoreBatch batch, SqliteTransaction transaction)
    {
        _statements.Apply(batch);
        foreach (PeerPosition position in batch.Positions)
        {
            FederationTables.Put(_connection, transaction, position);
        }

        foreach (PeerDeliveries deliveries in batch.Deliveries)
        {
            FederationTables.Add(_connection, transaction, deliveries);
        }
    }
}
