using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>
/// Removes what nothing needs. Events, genesis blocks, what any event links to, and pinned blocks with all below them always stay, but for the data of
/// snapshots that a later compaction replaced. Works on a folder that nobody has open: a running node may be about to link to a block it has just stored.
/// </summary>
public static class StoreCollector
{
    /// <summary>Collects in one transaction.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="unpinned">Also loose blocks that no event links to and nobody pinned; files put there by hand are among them.</param>
    /// <param name="compact">Rewrites the database so that the file shrinks; needs as much free disk again.</param>
    /// <param name="cancellationToken">Ends the work before anything went.</param>
    /// <returns>What went; null when there is no store.</returns>
    /// <exception cref="StoreException">In use, damaged, or the disk failed; then nothing went.</exception>
    public static async Task<StoreCollection?> CollectAsync(string directory, bool unpinned, bool compact, CancellationToken cancellationToken = default)
    {
        string folder = Path.GetFullPath(directory);
        string path = Path.Combine(folder, SqliteEventStore.FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        using DataDirectoryLock held = DataDirectoryLock.Take(folder);
        StoreSchema.RefuseNewer(path);
        try
        {
            long before = new FileInfo(path).Length;
            using SqliteConnection connection = StoreSchema.Connect(path, SqliteOpenMode.ReadWrite);
            connection.Open();
            StoreSchema.Open(connection, new StorageOptions());
            ReplacedSnapshots replaced = unpinned ? await ReplacedSnapshots.OfAsync(connection, cancellationToken) : new ReplacedSnapshots();
            StoreCollection collected = InOneTransaction(connection, unpinned, replaced);
            if (compact)
            {
                StoreSchema.Execute(connection, "VACUUM;");
            }

            StoreSchema.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE);");
            return collected with { FileBytesBefore = before, FileBytesAfter = new FileInfo(path).Length };
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            throw SqliteError.Translate(error, path);
        }
    }

    private static StoreCollection InOneTransaction(SqliteConnection connection, bool unpinned, ReplacedSnapshots replaced)
    {
        Dictionary<Cid, (long Id, long Bytes)> loose = unpinned ? LooseBlocks.All(connection) : [];
        LooseBlocks.RemoveNeeded(connection, loose, replaced);
        List<byte[]> healed = Healed(connection);
        using SqliteTransaction transaction = connection.BeginTransaction();
        replaced.Forget(connection, transaction);
        healed.ForEach(cid => Delete(connection, transaction, "DELETE FROM quarantine WHERE cid = $a", cid));
        foreach ((long id, _) in loose.Values)
        {
            Delete(connection, transaction, "DELETE FROM block WHERE id = $a", id);
        }

        const string names =
            """
            DELETE FROM block WHERE bytes IS NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = block.id)
            AND NOT EXISTS(SELECT 1 FROM document WHERE cid = block.cid)
            """;
        int forgotten = Delete(connection, transaction, names);
        transaction.Commit();
        return new StoreCollection(healed.Count, forgotten, loose.Count, loose.Values.Sum(static block => block.Bytes), 0, 0);
    }

    private static List<byte[]> Healed(SqliteConnection connection)
    {
        List<byte[]> healed = [];
        foreach (object[] row in Rows.Of(connection, "SELECT q.cid, b.bytes FROM quarantine q JOIN block b ON b.cid = q.cid WHERE b.bytes IS NOT NULL"))
        {
            if (Cid.TryRead(Rows.Bytes(row[0]), out Cid cid, out _) && cid.Verify(Rows.Bytes(row[1])))
            {
                healed.Add(Rows.Bytes(row[0]));
            }
        }

        return healed;
    }

    private static int Delete(SqliteConnection connection, SqliteTransaction transaction, string sql, object? argument = null)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        if (argument is not null)
        {
            command.Parameters.AddWithValue("$a", argument);
        }

        return command.ExecuteNonQuery();
    }
}
