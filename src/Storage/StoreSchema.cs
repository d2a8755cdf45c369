using System.Globalization;
using Microsoft.Data.Sqlite;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>Tables and settings. The version is <c>PRAGMA user_version</c>; a newer one is refused and nothing is touched.</summary>
/// <remarks>Spec: durability, section 2.</remarks>
internal static class StoreSchema
{
    public const int Version = 1;
    private const int PageBytes = 4096;

    private const string Tables =
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

    /// <summary>Applies the settings of the writing connection and creates the tables of a new database.</summary>
    /// <exception cref="StoreException">A newer program wrote it.</exception>
    public static void Open(SqliteConnection connection, StorageOptions options)
    {
        long version = Scalar(connection, "PRAGMA user_version");
        if (version > Version)
        {
            throw new StoreException(
                StoreError.NewerSchema,
                $"The store {connection.DataSource} has schema {version}, this program knows up to {Version}. Use a newer program; nothing was changed.");
        }

        Execute(connection, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA mmap_size = 0; PRAGMA foreign_keys = OFF;");
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA wal_autocheckpoint = {options.CheckpointBytes / PageBytes};"));
        SetSynchronous(connection, full: true);
        if (version == 0)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            Execute(connection, Tables, transaction);
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Version};"), transaction);
            transaction.Commit();
        }
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
