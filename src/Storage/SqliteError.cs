using Microsoft.Data.Sqlite;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>What SQLite's result codes mean to the store's callers.</summary>
internal static class SqliteError
{
    private const int Sql = 1;
    private const int Io = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int Constraint = 19;
    private const int CannotOpen = 14;
    private const int ReadOnly = 8;
    private const int NotADatabase = 26;

    /// <summary>Whether a statement does not fit the tables: one is there that should not be, or the other way round.</summary>
    public static bool IsOfTables(SqliteException error) => error.SqliteErrorCode is Sql or Constraint;

    /// <summary>Whether the database said no, or a row of it cannot be read: empty where something must be, or of a type or range that its column never has.</summary>
    public static bool Tells(Exception error) => error is SqliteException or InvalidOperationException or InvalidCastException or OverflowException;

    /// <param name="error">One that <see cref="Tells"/>.</param>
    /// <param name="path">The database.</param>
    public static StoreException Translate(Exception error, string path) => error is SqliteException refused
        ? Translate(refused, path)
        : new StoreException(StoreError.Corrupt, $"The store {path}: a row cannot be read; `p2p store verify` tells what is damaged. ({error.Message})", error);

    private static StoreException Translate(SqliteException error, string path)
    {
        (StoreError kind, string advice) = error.SqliteErrorCode switch
        {
            Full => (StoreError.DiskFull, "the disk is full; writing resumes by itself when there is space."),
            ReadOnly or CannotOpen => (StoreError.ReadOnly, "the folder cannot be written; check its permissions or choose another (DataDirectory, --data)."),
            Corrupt or NotADatabase => (StoreError.Corrupt, "the database is damaged; restore it from a backup, or move it away and sync again from peers."),
            Io => (StoreError.Io, "the disk failed; nothing more is acknowledged. Check the disk, then start again."),
            _ => (StoreError.Io, $"an unexpected database error ({error.Message}); nothing more is acknowledged. Start again."),
        };
        return new StoreException(kind, $"The store {path}: {advice} (SQLite {error.SqliteErrorCode}/{error.SqliteExtendedErrorCode})", error);
    }
}
