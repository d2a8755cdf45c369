using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>Read-only connections, a few, lent one at a time. A write-ahead log lets them read while the writer writes.</summary>
internal sealed class StoreReaders : IDisposable
{
    /// <summary>The rows of a page of applied events; a test looks at how they are found.</summary>
    internal const string LogPageSql =
        "SELECT pos, block FROM log WHERE doc = (SELECT id FROM document WHERE cid = $a) AND pos > $after ORDER BY pos LIMIT $limit";

    /// <summary>The same rows where an index of the log cannot be trusted: walks over those of other documents.</summary>
    internal const string LogPageByRowsSql =
        "SELECT pos, block FROM log NOT INDEXED WHERE doc = (SELECT id FROM document WHERE cid = $a) AND pos > $after ORDER BY pos LIMIT $limit";

    private readonly Channel<SqliteConnection> _idle;
    private readonly List<SqliteConnection> _all = [];
    private readonly string _path;
    private volatile bool _isClosed;

    public StoreReaders(string path, int count, string? vfs = null)
    {
        _path = path;
        _idle = Channel.CreateBounded<SqliteConnection>(count);
        for (int i = 0; i < count; i++)
        {
            SqliteConnection connection = StoreSchema.Connect(path, SqliteOpenMode.ReadOnly, vfs);
            connection.Open();
            StoreSchema.Execute(connection, "PRAGMA mmap_size = 0;");
            _all.Add(connection);
            _idle.Writer.TryWrite(connection);
        }
    }

    /// <summary>The stored bytes; null when the block is not held.</summary>
    public Task<byte[]?> BlockAsync(Cid cid, CancellationToken cancellationToken) =>
        UseAsync(
            connection =>
            {
                using SqliteCommand command = Command(connection, "SELECT bytes FROM block WHERE cid = $a", cid);
                return BlobCell.First(command);
            },
            cancellationToken);

    public Task<bool> HasAsync(Cid cid, CancellationToken cancellationToken) =>
        UseAsync(
            connection =>
            {
                using SqliteCommand command = Command(connection, "SELECT 1 FROM block WHERE cid = $a AND bytes IS NOT NULL", cid);
                return command.ExecuteScalar() is not null;
            },
            cancellationToken);

    /// <summary>All pinned roots, by their bytes.</summary>
    public Task<IReadOnlyList<Cid>> PinsAsync(CancellationToken cancellationToken) =>
        UseAsync<IReadOnlyList<Cid>>(
            static connection =>
            {
                using SqliteCommand command = connection.CreateCommand();
                command.CommandText = "SELECT cid FROM pin ORDER BY cid";
                using SqliteDataReader reader = command.ExecuteReader();
                List<Cid> pins = [];
                while (reader.Read())
                {
                    if (Cid.TryRead(reader.GetFieldValue<byte[]>(0), out Cid cid, out _))
                    {
                        pins.Add(cid);
                    }
                }

                return pins;
            },
            cancellationToken);

    /// <summary>Whether the document is registered, was not left, and its genesis block is held: then opening it writes nothing, even on a full disk.</summary>
    public Task<bool> IsDocumentAsync(Cid document, CancellationToken cancellationToken) =>
        UseAsync(
            connection =>
            {
                using SqliteCommand command = Command(
                    connection,
                    """
                    SELECT 1 FROM document d JOIN block b ON b.cid = d.cid
                    WHERE d.cid = $a AND b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM meta WHERE key = 'left:' || hex(d.cid))
                    """,
                    document);
                return command.ExecuteScalar() is not null;
            },
            cancellationToken);

    /// <summary>Whether all rows of a document are found: see <see cref="LogTable"/>.</summary>
    public Task<bool> AgreesAsync(Cid document, CancellationToken cancellationToken) =>
        UseAsync(
            connection =>
            {
                using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true);
                return LogTable.Agrees(connection, document);
            },
            cancellationToken);

    /// <summary>Snapshots from whose data dropped blocks of a document are read, newest first.</summary>
    public Task<List<Cid>> ArchivesAsync(Cid document, CancellationToken cancellationToken) =>
        UseAsync(
            connection =>
            {
                using SqliteCommand command = Command(
                    connection, "SELECT snap FROM archive WHERE doc = (SELECT id FROM document WHERE cid = $a) ORDER BY rowid DESC", document);
                return Cids(command);
            },
            cancellationToken);

    /// <summary>The document of an event whose block is named here without bytes; none when there is no such event.</summary>
    public Task<Cid> DocumentOfAsync(Cid block, CancellationToken cancellationToken) =>
        UseAsync(
            connection =>
            {
                using SqliteCommand command = Command(
                    connection,
                    "SELECT d.cid FROM block b JOIN event e ON e.block = b.id JOIN document d ON d.id = e.doc WHERE b.cid = $a AND b.bytes IS NULL LIMIT 1",
                    block);
                return Cids(command).FirstOrDefault();
            },
            cancellationToken);

    /// <summary>Who has shown that it holds which snapshot.</summary>
    public Task<List<SnapshotAcknowledgement>> AcknowledgementsAsync(Cid document, CancellationToken cancellationToken) =>
        UseAsync(
            connection =>
            {
                using SqliteCommand command = Command(
                    connection, "SELECT peer, snap FROM acknowledged WHERE doc = (SELECT id FROM document WHERE cid = $a) ORDER BY rowid", document);
                using SqliteDataReader reader = command.ExecuteReader();
                List<SnapshotAcknowledgement> rows = [];
                while (reader.Read())
                {
                    if (PeerId.TryParse(reader.GetString(0), out PeerId peer) && Cid.TryRead(reader.GetFieldValue<byte[]>(1), out Cid snapshot, out _))
                    {
                        rows.Add(new SnapshotAcknowledgement(peer, snapshot));
                    }
                }

                return rows;
            },
            cancellationToken);

    public Task<OwnTip?> OwnTipAsync(Cid document, ReadOnlyMemory<byte> author, CancellationToken cancellationToken) =>
        UseAsync<OwnTip?>(
            connection =>
            {
                using SqliteCommand command = Command(connection, "SELECT cid, seq, height FROM own WHERE doc = $a AND author = $b", document);
                command.Parameters.AddWithValue("$b", author.ToArray());
                using SqliteDataReader reader = command.ExecuteReader();
                return reader.Read() && Cid.TryRead(reader.GetFieldValue<byte[]>(0), out Cid cid, out _)
                    ? new OwnTip(cid, (ulong)reader.GetInt64(1), (ulong)reader.GetInt64(2))
                    : null;
            },
            cancellationToken);

    /// <summary>
    /// A page of a document's events: applied ones behind a log position, or held ones behind a block number. Full unless it is the last: a row whose
    /// block is gone, or whose name cannot be read, is in it without a name.
    /// </summary>
    public Task<List<StoredRow>> PageAsync(Cid document, bool applied, long after, int limit, CancellationToken cancellationToken) =>
        UseAsync(connection => Page(connection, document, (applied, ChecksIndex: true, LogPageSql), (after, limit)), cancellationToken);

    /// <summary>
    /// As <see cref="PageAsync"/>, for those who look at names and bytes only: the index of names is not asked for each, which costs a page of it a row, met
    /// at random, as soon as it is longer than the cache.
    /// </summary>
    /// <param name="document">Its id.</param>
    /// <param name="log">Applied ones, and how their rows are found; null: held ones.</param>
    /// <param name="after">Behind which row.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<List<StoredRow>> PageUnindexedAsync(Cid document, string? log, long after, int limit, CancellationToken cancellationToken) =>
        UseAsync(connection => Page(connection, document, (log is not null, ChecksIndex: false, log ?? LogPageSql), (after, limit)), cancellationToken);

    public void Dispose()
    {
        _isClosed = true;
        _idle.Writer.TryComplete();
        _all.ForEach(static c => c.Dispose());
    }

    private static List<StoredRow> Page(SqliteConnection connection, Cid document, (bool Applied, bool ChecksIndex, string Log) what, (long After, int Limit) where)
    {
        string indexed = what.ChecksIndex ? "IFNULL(b.id = (SELECT x.id FROM block x WHERE x.cid = b.cid), 0)" : "1";
        string rows = what.Applied
            ? what.Log
            : "SELECT block AS pos, block FROM held WHERE doc = (SELECT id FROM document WHERE cid = $a) AND block > $after ORDER BY block LIMIT $limit";
        string sql = $"SELECT l.pos, b.cid, b.bytes, {indexed} FROM ({rows}) l LEFT JOIN block b ON b.id = l.block ORDER BY l.pos";
        using SqliteCommand command = Command(connection, sql, document);
        command.Parameters.AddWithValue("$after", where.After);
        command.Parameters.AddWithValue("$limit", where.Limit);
        using SqliteDataReader reader = command.ExecuteReader();
        List<StoredRow> page = [];
        while (reader.Read())
        {
            bool isNamed = Cid.TryRead(reader.IsDBNull(1) ? [] : reader.GetFieldValue<byte[]>(1), out Cid cid, out _);
            page.Add(isNamed
                ? new StoredRow(reader.GetInt64(0), cid, reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2), reader.GetBoolean(3))
                : new StoredRow(reader.GetInt64(0), default, null, IsIndexed: true));
        }

        return page;
    }

    private static List<Cid> Cids(SqliteCommand command)
    {
        using SqliteDataReader reader = command.ExecuteReader();
        List<Cid> cids = [];
        while (reader.Read())
        {
            if (Cid.TryRead(reader.GetFieldValue<byte[]>(0), out Cid cid, out _))
            {
                cids.Add(cid);
            }
        }

        return cids;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, Cid cid)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this file arrive here
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$a", cid.Bytes.ToArray());
        return command;
    }

    public async Task<T> UseAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        SqliteConnection connection;
        try
        {
            connection = await _idle.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException error)
        {
            throw new StoreException(StoreError.Closed, "The store is closed.", error);
        }

        try
        {
            return read(connection);
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            throw _isClosed ? new StoreException(StoreError.Closed, "The store was closed during a read.", error) : SqliteError.Translate(error, _path);
        }
        finally
        {
            _idle.Writer.TryWrite(connection);
        }
    }
}
