using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>
/// Removes what nothing needs. Events, genesis blocks, what any event links to, and pinned blocks with all below them always stay. Works on a folder
/// that nobody has open: a running node may be about to link to a block it has just stored.
/// </summary>
public static class StoreCollector
{
    private static ReadOnlySpan<byte> RawLink => [0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01, 0x55, 0x12, 0x20]; // tag 42 before a raw CID
    private const int CidOffset = 5; // behind tag, length and the zero byte
    private const int CidBytes = 36;

    /// <summary>Collects in one transaction.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="unpinned">Also loose blocks that no event links to and nobody pinned; files put there by hand are among them.</param>
    /// <param name="compact">Rewrites the database so that the file shrinks; needs as much free disk again.</param>
    /// <returns>What went; null when there is no store.</returns>
    /// <exception cref="StoreException">In use, damaged, or the disk failed; then nothing went.</exception>
    public static StoreCollection? Collect(string directory, bool unpinned, bool compact)
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
            StoreCollection collected = InOneTransaction(connection, unpinned);
            if (compact)
            {
                StoreSchema.Execute(connection, "VACUUM;");
            }

            StoreSchema.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE);");
            return collected with { FileBytesBefore = before, FileBytesAfter = new FileInfo(path).Length };
        }
        catch (SqliteException error)
        {
            throw SqliteError.Translate(error, path);
        }
    }

    private static StoreCollection InOneTransaction(SqliteConnection connection, bool unpinned)
    {
        List<long> loose = [];
        long bytes = 0;
        if (unpinned)
        {
            HashSet<Cid> linked = LinkedFromEvents(connection);
            PinnedBlocks.AddTo(linked, connection);
            const string candidates =
                """
                SELECT b.id, b.cid, LENGTH(b.bytes) FROM block b WHERE b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = b.id)
                AND NOT EXISTS(SELECT 1 FROM document WHERE cid = b.cid) AND NOT EXISTS(SELECT 1 FROM pin WHERE cid = b.cid)
                """;
            foreach (object[] row in Rows.Of(connection, candidates))
            {
                if (Cid.TryRead((byte[])row[1], out Cid cid, out _) && !linked.Contains(cid))
                {
                    loose.Add((long)row[0]);
                    bytes += (long)row[2];
                }
            }
        }

        List<byte[]> healed = Healed(connection);
        using SqliteTransaction transaction = connection.BeginTransaction();
        healed.ForEach(cid => Delete(connection, transaction, "DELETE FROM quarantine WHERE cid = $a", cid));
        loose.ForEach(id => Delete(connection, transaction, "DELETE FROM block WHERE id = $a", id));
        const string names =
            """
            DELETE FROM block WHERE bytes IS NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = block.id)
            AND NOT EXISTS(SELECT 1 FROM document WHERE cid = block.cid)
            """;
        int forgotten = Delete(connection, transaction, names);
        transaction.Commit();
        return new StoreCollection(healed.Count, forgotten, loose.Count, bytes, 0, 0);
    }

    // Searching for the bytes in front of a raw link misses none; text that happens to look like one only keeps a block.
    private static HashSet<Cid> LinkedFromEvents(SqliteConnection connection)
    {
        HashSet<Cid> linked = [];
        foreach (object[] row in Rows.Of(connection, "SELECT b.bytes FROM event e JOIN block b ON b.id = e.block WHERE b.bytes IS NOT NULL"))
        {
            ReadOnlySpan<byte> rest = (byte[])row[0];
            for (int at = rest.IndexOf(RawLink); at >= 0; at = rest.IndexOf(RawLink))
            {
                rest = rest[(at + CidOffset)..];
                if (rest.Length >= CidBytes && Cid.TryRead(rest[..CidBytes], out Cid cid, out _))
                {
                    linked.Add(cid);
                }
            }
        }

        return linked;
    }

    private static List<byte[]> Healed(SqliteConnection connection)
    {
        List<byte[]> healed = [];
        foreach (object[] row in Rows.Of(connection, "SELECT q.cid, b.bytes FROM quarantine q JOIN block b ON b.cid = q.cid WHERE b.bytes IS NOT NULL"))
        {
            if (Cid.TryRead((byte[])row[0], out Cid cid, out _) && cid.Verify((byte[])row[1]))
            {
                healed.Add((byte[])row[0]);
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
