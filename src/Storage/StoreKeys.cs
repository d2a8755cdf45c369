using Microsoft.Data.Sqlite;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>The author key of a store that no node has open: read, replaced, imported. Not thread-safe. Holds the folder until disposed.</summary>
public sealed class StoreKeys : IDisposable
{
    private readonly DataDirectoryLock _lock;
    private readonly SqliteConnection _connection;
    private readonly StoreMeta _meta;

    private StoreKeys(DataDirectoryLock held, (SqliteConnection Connection, bool IsNew) database, string directory, IChance chance)
    {
        (SqliteConnection connection, bool isNew) = database;
        _lock = held;
        _connection = connection;
        _meta = new StoreMeta(connection);
        if (!isNew)
        {
            (PrivateKey key, WasCopied) = AuthorKeyRing.Open(directory, _meta, chance);
            key.Dispose();
        }
    }

    /// <summary>Whether the folder was restored or copied, so that its key was replaced by this open.</summary>
    public bool WasCopied { get; }

    /// <summary>Opens the keys of a folder; null when there is no store and there must be one.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="chance">Source of randomness.</param>
    /// <param name="mustExist">Whether a store is made when there is none.</param>
    /// <exception cref="StoreException">In use, damaged, newer, or not writable.</exception>
    public static StoreKeys? Open(string directory, IChance chance, bool mustExist)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        string folder = Path.GetFullPath(directory);
        string path = Path.Combine(folder, SqliteEventStore.FileName);
        if (mustExist && !File.Exists(path))
        {
            return null;
        }

        DataDirectoryLock held = DataDirectoryLock.Take(folder);
        SqliteConnection connection = StoreSchema.Connect(path, SqliteOpenMode.ReadWriteCreate);
        try
        {
            StoreSchema.RefuseNewer(path);
            connection.Open();
            bool isNew = StoreSchema.Open(connection, new StorageOptions(), making => AuthorKeyRing.Make(folder, making, chance));
            return new StoreKeys(held, (connection, isNew), folder, chance);
        }
        catch (Exception error)
        {
            connection.Dispose();
            held.Dispose();
            if (error is SqliteException failed)
            {
                throw SqliteError.Translate(failed, path);
            }

            throw;
        }
    }

    /// <summary>The present author key. The caller owns it.</summary>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public PrivateKey ReadAuthor()
    {
        byte[] stored = _meta.Get(StoreMeta.AuthorKey) ?? [];
        try
        {
            return PrivateKey.TryRead(stored, out PrivateKey? key) && key is not null
                ? key
                : throw new StoreException(StoreError.Corrupt, "The author key cannot be read. Restore the folder from a backup.");
        }
        finally
        {
            Array.Clear(stored);
        }
    }

    /// <summary>The newest event of an author in each document it wrote in through this store, by document.</summary>
    /// <param name="author">Protobuf form of the key.</param>
    public IReadOnlyList<(Cid Document, OwnTip Tip)> ReadTips(ReadOnlyMemory<byte> author)
    {
        using SqliteCommand command = _connection.CreateCommand();
        command.CommandText = "SELECT doc, cid, seq, height FROM own WHERE author = $author ORDER BY doc";
        command.Parameters.AddWithValue("$author", author.ToArray());
        using SqliteDataReader reader = command.ExecuteReader();
        List<(Cid, OwnTip)> tips = [];
        while (reader.Read())
        {
            if (Cid.TryRead(reader.GetFieldValue<byte[]>(0), out Cid document, out _) && Cid.TryRead(reader.GetFieldValue<byte[]>(1), out Cid tip, out _))
            {
                tips.Add((document, new OwnTip(tip, (ulong)reader.GetInt64(2), (ulong)reader.GetInt64(3))));
            }
        }

        return tips;
    }

    /// <summary>The author keys that were replaced here, newest first.</summary>
    public IReadOnlyList<AuthorRenewal> ReadRenewals() => FormerKeys.List(_meta);

    /// <summary>An author key that was replaced and is kept; null when it is not here. The caller owns it.</summary>
    /// <param name="author">Protobuf form of the key.</param>
    public PrivateKey? ReadFormer(ReadOnlyMemory<byte> author) => FormerKeys.Find(_meta, author.Span);

    /// <summary>Makes a fresh author key durable for an exported one, which signs nothing here any more.</summary>
    /// <param name="chance">Source of randomness.</param>
    /// <returns>Protobuf form of the new public key.</returns>
    public ReadOnlyMemory<byte> Renew(IChance chance)
    {
        using PrivateKey fresh = PrivateKey.Generate(KeyType.Ed25519, chance);
        byte[] stored = fresh.ToProtobuf();
        _meta.Set([(StoreMeta.AuthorKey, stored), (StoreMeta.Imported, null), .. FormerKeys.Retire(_meta.Get(StoreMeta.AuthorKey), AuthorRenewalReason.Exported)]);
        Array.Clear(stored);
        return fresh.PublicKey.Protobuf;
    }

    /// <summary>
    /// Makes a key that wrote elsewhere the author key, with what is known of how far it counted. The present one is kept; documents that have a key of
    /// their own keep that.
    /// </summary>
    /// <param name="key">An Ed25519 key; not disposed.</param>
    /// <param name="tips">Its newest event in each document.</param>
    public void Import(PrivateKey key, IReadOnlyList<(Cid Document, OwnTip Tip)> tips)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(tips);
        byte[] author = key.PublicKey.Protobuf.ToArray();
        using (SqliteTransaction transaction = _connection.BeginTransaction())
        {
            foreach ((Cid document, OwnTip tip) in tips) // first: a key without them could use a number twice
            {
                using SqliteCommand command = _connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText =
                    "INSERT INTO own(doc, author, seq, height, cid) VALUES($a, $b, $c, $d, $e) "
                    + "ON CONFLICT(doc, author) DO UPDATE SET seq = excluded.seq, height = excluded.height, cid = excluded.cid WHERE excluded.seq > seq";
                command.Parameters.AddWithValue("$a", document.Bytes.ToArray());
                command.Parameters.AddWithValue("$b", author);
                command.Parameters.AddWithValue("$c", (long)tip.Sequence);
                command.Parameters.AddWithValue("$d", (long)tip.Height);
                command.Parameters.AddWithValue("$e", tip.Cid.Bytes.ToArray());
                command.ExecuteNonQuery();
            }

            transaction.Commit();
        }

        byte[] stored = key.ToProtobuf();
        byte[] before = _meta.Get(StoreMeta.AuthorKey) ?? [];
        _meta.Set(
            [(StoreMeta.AuthorKey, stored), (StoreMeta.Imported, [1]), FormerKeys.Recall(author), .. before.AsSpan().SequenceEqual(stored) ? [] : FormerKeys.Retire(before, AuthorRenewalReason.Replaced)]);
        Array.Clear(stored);
    }

    /// <summary>Releases the folder.</summary>
    public void Dispose()
    {
        _connection.Dispose();
        _lock.Dispose();
    }
}
