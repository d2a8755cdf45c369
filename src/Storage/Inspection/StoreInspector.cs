using Microsoft.Data.Sqlite;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>
/// Reads a store as it is at one moment, beside a running node or without one: nothing is written, nothing is locked, and what the node commits
/// meanwhile is not seen. Not thread-safe.
/// </summary>
/// <remarks>Spec: durability, section 6; "backup while running".</remarks>
public sealed class StoreInspector : IDisposable
{
    private const string DroppedSql = "SELECT COUNT(*) FROM event e JOIN block b ON b.id = e.block WHERE e.links IS NOT NULL AND b.bytes IS NULL";

    private readonly SqliteConnection _connection;
    private readonly string _directory;
    private readonly StorageOptions _options;
    private readonly StoreMeta _meta;

    private StoreInspector(SqliteConnection connection, string directory, StorageOptions options)
    {
        _options = options;
        _connection = connection;
        _directory = directory;
        _meta = new StoreMeta(connection);
    }

    /// <summary>Path of the database.</summary>
    public string Path => System.IO.Path.Combine(_directory, SqliteEventStore.FileName);

    /// <summary>Opens a snapshot of the store in a folder; null when there is none.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="options">Quota and reserves that <see cref="StoreStatistics.Room"/> is told by; null: the defaults.</param>
    /// <exception cref="StoreException">Damaged beyond opening, newer, or not readable.</exception>
    public static StoreInspector? Open(string directory, StorageOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        string folder = System.IO.Path.GetFullPath(directory);
        string path = System.IO.Path.Combine(folder, SqliteEventStore.FileName);
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return null;
        }

        SqliteConnection connection = StoreSchema.Connect(path, SqliteOpenMode.ReadOnly);
        try
        {
            connection.Open();
            StoreSchema.Execute(connection, "PRAGMA mmap_size = 0; BEGIN;");
            if (StoreSchema.CheckVersion(connection) == 0)
            {
                connection.Dispose();
                return null; // being made at this moment
            }

            StoreSchema.Scalar(connection, "SELECT COUNT(*) FROM meta"); // the first read fixes the moment
            return new StoreInspector(connection, folder, options ?? new StorageOptions());
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            connection.Dispose();
            throw SqliteError.Translate(error, path);
        }
        catch (StoreException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Process that has the store of a folder open; 0 = none, −1 = one whose id is not known.</summary>
    /// <param name="directory">The data folder.</param>
    public static int HolderOf(string directory) => DataDirectoryLock.HolderOf(System.IO.Path.GetFullPath(directory));

    /// <summary>Version of the tables.</summary>
    internal long Schema => Scalar("PRAGMA user_version");

    /// <summary>Counts and sizes.</summary>
    /// <exception cref="StoreException">Damaged.</exception>
    public StoreStatistics Read()
    {
        try
        {
            return new StoreStatistics
            {
                Path = Path,
                Schema = Scalar("PRAGMA user_version"),
                DatabaseBytes = LengthOf(Path),
                LogBytes = LengthOf(Path + "-wal"),
                FreeBytes = Scalar("PRAGMA freelist_count") * StoreSchema.PageBytes,
                DiskFreeBytes = StoreSpace.OfDisk(_directory).Free,
                Room = new StoreSpace(_directory, _options) { UsedBytes = (Scalar("PRAGMA page_count") - Scalar("PRAGMA freelist_count")) * StoreSchema.PageBytes }.Room,
                Blocks = Scalar("SELECT COUNT(*) FROM block WHERE bytes IS NOT NULL"),
                BlockBytes = Scalar("SELECT IFNULL(SUM(LENGTH(bytes)), 0) FROM block"),
                Dropped = Scalar(DroppedSql),
                MissingBlocks = Scalar("SELECT COUNT(*) FROM block WHERE bytes IS NULL") - Scalar(DroppedSql),
                Quarantined = Scalar("SELECT COUNT(*) FROM quarantine"),
                Documents = [.. Documents().Select(Describe).OrderBy(static d => d.Name, StringComparer.Ordinal).ThenBy(static d => d.Document)],
                Author = Author(),
                ClosedCleanly = _meta.Get(StoreMeta.Clean) is not null,
                MarkerAgrees = new GenerationMarker(_directory, _meta).Agrees(),
                HolderPid = HolderOf(_directory),
                SchemaBackups = SchemaBackup.Beside(Path),
            };
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            throw SqliteError.Translate(error, Path);
        }
    }

    /// <summary>The documents whose genesis block is held whole, oldest first, and whether their user left them. Quick: nothing is counted.</summary>
    /// <exception cref="StoreException">Damaged.</exception>
    public IReadOnlyList<(Genesis Genesis, bool IsLeft)> ReadDocuments()
    {
        try
        {
            return [.. Documents().Where(static d => d.Genesis is not null).Select(d => (d.Genesis!, _meta.Get(StoreMeta.LeftKey(d.Cid)) is not null))];
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            throw SqliteError.Translate(error, Path);
        }
    }

    /// <summary>The author keys that were replaced, newest first.</summary>
    /// <exception cref="StoreException">Damaged.</exception>
    public IReadOnlyList<AuthorRenewal> ReadRenewals()
    {
        try
        {
            return FormerKeys.List(_meta);
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            throw SqliteError.Translate(error, Path);
        }
    }

    /// <summary>Walks everything: hashes every block, compares every row with its event, computes the heads again.</summary>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <exception cref="StoreException">So damaged that it cannot be walked.</exception>
    public async Task<StoreReport> VerifyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await new StoreVerifier(_connection, Documents()).RunAsync(cancellationToken);
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            throw SqliteError.Translate(error, Path);
        }
    }

    /// <summary>Writes all whole blocks as a CAR (version 1): per document its genesis and its events, then loose blocks. Roots: genesis blocks, heads, and what is pinned.</summary>
    /// <param name="destination">Where to; not closed.</param>
    /// <param name="cancellationToken">Leaves half a file behind.</param>
    /// <returns>Blocks written, and blocks that should have been there.</returns>
    /// <exception cref="StoreException">Damaged.</exception>
    public async Task<(long Blocks, IReadOnlyList<Cid> Missing)> BackUpAsync(Stream destination, CancellationToken cancellationToken)
    {
        try
        {
            return await new StoreBackup(_connection, Documents()).WriteAsync(destination, cancellationToken);
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            throw SqliteError.Translate(error, Path);
        }
    }

    /// <summary>Closes the snapshot.</summary>
    public void Dispose() => _connection.Dispose();

    private List<DocumentRow> Documents()
    {
        List<DocumentRow> documents = [];
        foreach (object[] row in Rows.Of(_connection, "SELECT d.id, d.cid, b.bytes FROM document d LEFT JOIN block b ON b.cid = d.cid ORDER BY d.id"))
        {
            if (Cid.TryRead(Rows.Bytes(row[1]), out Cid cid, out _))
            {
                Genesis? genesis = null;
                if (row[2] is byte[] bytes && cid.Verify(bytes))
                {
                    _ = Genesis.TryDecode(bytes, out genesis, out _); // null when it is none
                }

                documents.Add(new DocumentRow(Rows.Number(row[0]), cid, genesis));
            }
        }

        return documents;
    }

    private StoredDocument Describe(DocumentRow document) => new()
    {
        Document = document.Cid,
        Network = document.Genesis?.Network ?? string.Empty,
        Name = document.Genesis?.Name ?? string.Empty,
        IsLeft = _meta.Get(StoreMeta.LeftKey(document.Cid)) is not null,
        Events = Scalar("SELECT COUNT(*) FROM log WHERE doc = $a", document.Id),
        Held = Scalar("SELECT COUNT(*) FROM held WHERE doc = $a", document.Id),
        Heads = Scalar("SELECT COUNT(*) FROM head WHERE doc = $a", document.Id),
        Forks = Scalar("SELECT COUNT(*) FROM evidence WHERE doc = $a", document.Cid.Bytes.ToArray()),
        OwnSequence = Scalar("SELECT IFNULL(MAX(seq), 0) FROM own WHERE doc = $a", document.Cid.Bytes.ToArray()),
        NewestAt = unchecked((ulong)Scalar("SELECT IFNULL(MAX(e.at), 0) FROM event e WHERE e.doc = $a", document.Id)),
    };

    private PeerId Author()
    {
        if (_meta.Get(StoreMeta.AuthorKey) is not byte[] stored || !PrivateKey.TryRead(stored, out PrivateKey? key) || key is null)
        {
            return default;
        }

        using (key)
        {
            Array.Clear(stored);
            return PeerId.FromKeyProtobuf(new KeySigner(key).Author.Span);
        }
    }

    private long Scalar(string sql, params ReadOnlySpan<object> arguments) => Rows.Scalar(_connection, sql, arguments);

    private static long LengthOf(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;
}
