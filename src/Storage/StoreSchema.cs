using System.Globalization;
using Microsoft.Data.Sqlite;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>
/// Tables and settings. The version is <c>PRAGMA user_version</c>; a new database takes the same steps as an old one, so that both end equal, but all in one
/// transaction.
/// </summary>
/// <remarks>Spec: durability, section 2.</remarks>
internal static class StoreSchema
{
    public const int Version = 5;

    /// <summary>First version with the tables of <see cref="Fourth"/>.</summary>
    public const int SharesSince = 4;

    public const int PageBytes = 4096;

    private const string First =
        """
        CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
        CREATE TABLE block(id INTEGER PRIMARY KEY, cid BLOB NOT NULL UNIQUE, bytes BLOB);
        CREATE TABLE document(id INTEGER PRIMARY KEY, cid BLOB NOT NULL UNIQUE);
        CREATE TABLE event(doc INTEGER NOT NULL, author BLOB NOT NULL, seq INTEGER NOT NULL, height INTEGER NOT NULL, at INTEGER NOT NULL,
                           block INTEGER NOT NULL, links BLOB, UNIQUE(doc, author, seq, block));
        CREATE TABLE log(pos INTEGER PRIMARY KEY AUTOINCREMENT, doc INTEGER NOT NULL, block INTEGER NOT NULL, UNIQUE(doc, block));
        CREATE TABLE held(doc INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY(doc, block)) WITHOUT ROWID;
        CREATE TABLE head(doc INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY(doc, block)) WITHOUT ROWID;
        CREATE TABLE own(doc BLOB NOT NULL, author BLOB NOT NULL, seq INTEGER NOT NULL, height INTEGER NOT NULL, cid BLOB NOT NULL,
                         PRIMARY KEY(doc, author)) WITHOUT ROWID;
        CREATE TABLE evidence(doc BLOB NOT NULL, author BLOB NOT NULL, seq INTEGER NOT NULL, first BLOB NOT NULL, second BLOB NOT NULL,
                              PRIMARY KEY(doc, author)) WITHOUT ROWID;
        CREATE TABLE quarantine(cid BLOB NOT NULL, bytes BLOB);
        """;

    // Whether a block is still named by an event took a walk over the whole log; a block that rots again and again filled the quarantine;
    // nothing said which loose blocks are to stay.
    private const string Second =
        """
        CREATE INDEX event_block ON event(block);
        CREATE TABLE pin(cid BLOB PRIMARY KEY) WITHOUT ROWID;
        ALTER TABLE quarantine RENAME TO quarantined;
        CREATE TABLE quarantine(cid BLOB PRIMARY KEY, bytes BLOB) WITHOUT ROWID;
        INSERT OR IGNORE INTO quarantine SELECT cid, bytes FROM quarantined;
        DROP TABLE quarantined;
        """;

    // The first two were made beside the schema until now, so they may be there.
    private const string Third =
        """
        CREATE TABLE IF NOT EXISTS snapshot_provenance(snap BLOB PRIMARY KEY, doc BLOB NOT NULL, cut BLOB NOT NULL, n INTEGER NOT NULL,
                                                       ordered BLOB NOT NULL, state BLOB NOT NULL, computed_by TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS federation_log(doc BLOB NOT NULL, peer TEXT NOT NULL, author BLOB NOT NULL, branch BLOB NOT NULL,
                                                  seq INTEGER NOT NULL, cid BLOB NOT NULL, PRIMARY KEY(doc, peer, author, branch)) WITHOUT ROWID;
        CREATE TABLE federation_peer(doc BLOB NOT NULL, peer TEXT NOT NULL, last INTEGER NOT NULL, packs INTEGER NOT NULL, bytes INTEGER NOT NULL,
                                     faults INTEGER NOT NULL, accepted INTEGER NOT NULL, duplicate INTEGER NOT NULL, pending INTEGER NOT NULL,
                                     invalid INTEGER NOT NULL, busy INTEGER NOT NULL, PRIMARY KEY(doc, peer)) WITHOUT ROWID;
        """;

    // What one author takes was not known without adding up all his events. Blocks that a snapshot has as well could not be dropped: nothing
    // named the snapshot, and nothing said who else has it. What the rows of earlier events need (`links`) is filled when a block goes.
    private const string Fourth =
        """
        CREATE TABLE author_use(author BLOB PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO author_use SELECT e.author, SUM(LENGTH(b.bytes)) FROM event e JOIN block b ON b.id = e.block WHERE b.bytes IS NOT NULL GROUP BY e.author;
        CREATE TABLE archive(doc INTEGER NOT NULL, snap BLOB NOT NULL, PRIMARY KEY(doc, snap));
        CREATE TABLE acknowledged(doc INTEGER NOT NULL, peer TEXT NOT NULL, snap BLOB NOT NULL, PRIMARY KEY(doc, peer));
        """;

    // The log of one document in order: without it every page sorted all that the document has, or walked over the rows of all the others.
    // The position is the row's own number, which stands behind the columns of every index.
    private const string Fifth = "CREATE INDEX log_doc ON log(doc);";

    private static readonly string[] s_steps = [First, Second, Third, Fourth, Fifth];

    /// <summary>Refuses what a newer program wrote. Looks through a connection that cannot write, so that not a byte changes.</summary>
    /// <exception cref="StoreException">A newer program wrote it.</exception>
    public static void RefuseNewer(string path, string? vfs = null)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return;
        }

        using SqliteConnection connection = Connect(path, SqliteOpenMode.ReadOnly, vfs);
        try
        {
            connection.Open();
            CheckVersion(connection);
        }
        catch (SqliteException)
        {
            // Damaged, or cut off while it was made: the opening that follows rolls back, or says what is wrong.
        }
    }

    public static SqliteConnection Connect(string path, SqliteOpenMode mode, string? vfs = null)
    {
        if (mode == SqliteOpenMode.ReadWriteCreate)
        {
            PrivateFolder.MakeFile(path); // SQLite would take the umask; its log and shared memory take the mode of the database
            EmptyUnwritten(path);
        }

        SqliteConnectionStringBuilder settings = new() { DataSource = path, Mode = mode, Pooling = false };
        if (vfs is not null)
        {
            settings.Vfs = vfs;
        }

        return new SqliteConnection(settings.ToString());
    }

    /// <summary>Applies the settings of the writing connection and brings the tables to <see cref="Version"/>.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="options">How.</param>
    /// <param name="make">Fills a new database, inside the transaction that makes its tables; null: who opens the store next does.</param>
    /// <returns>Whether the database is new and was filled.</returns>
    /// <exception cref="StoreException">A newer program wrote it.</exception>
    public static bool Open(SqliteConnection connection, StorageOptions options, Action<StoreMeta>? make = null)
    {
        long version = CheckVersion(connection);

        // The first page of a new database is all there is before the log: it needs no journal, and so none can come back after a power loss and roll back
        // what was acknowledged since. An older file may not have a log yet (a backup that was put back): its journal is deleted under EXTRA, which syncs
        // the folder as well. Under FULL the recorded power losses brought such a journal back, and with it the empty database from before.
        Execute(connection, version == 0 ? "PRAGMA synchronous = FULL; PRAGMA journal_mode = MEMORY;" : "PRAGMA synchronous = EXTRA;");
        Execute(connection, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA mmap_size = 0; PRAGMA foreign_keys = OFF;");
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {options.CheckpointBytes / PageBytes};"));
        SetSynchronous(connection, full: true);
        if (options.SynchronousAs is string weaker)
        {
            Execute(connection, $"PRAGMA synchronous = {weaker};");
        }

        if (version > 0 && version < Version)
        {
            SchemaBackup.Make(connection, version);
        }

        if (version == 0)
        {
            // Whole or not at all, with one wait for the disk instead of one for each step and each value.
            Step(connection, (0, options.SchemaVersionMax), options.OnIo, transaction => make?.Invoke(new StoreMeta(connection, transaction)));
            return make is not null;
        }

        for (int next = (int)version; next < options.SchemaVersionMax; next++)
        {
            Step(connection, (next, next + 1), options.OnIo, null, version); // each by itself, so a crash leaves a version that exists
        }

        return false;
    }

    /// <exception cref="StoreException">The tables are not those of their version.</exception>
    private static void Step(SqliteConnection connection, (int From, int To) versions, Action? onIo, Action<SqliteTransaction>? fill, long before = 0)
    {
        onIo?.Invoke();
        using SqliteTransaction transaction = connection.BeginTransaction();
        for (int version = versions.From; version < versions.To; version++)
        {
            try
            {
                Execute(connection, s_steps[version], transaction);
            }
            catch (SqliteException error) when (SqliteError.IsOfTables(error))
            {
                throw NotItsTables(connection, version, before, error);
            }
        }

        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {versions.To};"), transaction);
        fill?.Invoke(transaction);
        onIo?.Invoke();
        transaction.Commit();
    }

    private static StoreException NotItsTables(SqliteConnection connection, int version, long from, SqliteException error)
    {
        string backup = from > 0 ? $" {SchemaBackup.PathOf(connection.DataSource, from)} is a copy from before the first step." : string.Empty;
        return new StoreException(
            StoreError.Corrupt,
            $"The store {connection.DataSource} cannot be brought from schema {version} to {version + 1}: {error.Message} This step changed nothing, and starting again does not help: its tables are not those of schema {version}, as after a program that was never released.{backup} Use the program that wrote it, or move the folder away and sync again from peers.",
            error);
    }

    // What a power loss may leave of the one page that is written without a journal: the length and nothing else. Whatever is in a log stands on a whole page.
    private static void EmptyUnwritten(string path)
    {
        FileInfo file = new(path);
        FileInfo log = new(path + "-wal");
        if (file.Exists && file.Length is > 0 and <= PageBytes && !(log.Exists && log.Length > 0)
            && !File.ReadAllBytes(path).AsSpan().ContainsAnyExcept((byte)0))
        {
            File.WriteAllBytes(path, []);
        }
    }

    /// <exception cref="StoreException">A newer program wrote it.</exception>
    public static long CheckVersion(SqliteConnection connection)
    {
        long version = Scalar(connection, "PRAGMA user_version");
        return version <= Version ? version : throw new StoreException(
            StoreError.NewerSchema,
            $"The store {connection.DataSource} has schema {version}, this program knows up to {Version}. Use a newer program; nothing was changed.");
    }

    public static void SetSynchronous(SqliteConnection connection, bool full)
    {
        Execute(connection, full ? "PRAGMA synchronous = FULL;" : "PRAGMA synchronous = NORMAL;");
        if (full && OperatingSystem.IsMacOS())
        {
            Execute(connection, "PRAGMA fullfsync = ON;"); // fsync there does not flush the disk
        }
    }

    public static void Execute(SqliteConnection connection, string sql, SqliteTransaction? transaction = null)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this assembly arrive here
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        command.ExecuteNonQuery();
    }

    public static long Scalar(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this assembly arrive here
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar() is long value ? value : 0;
    }
}
