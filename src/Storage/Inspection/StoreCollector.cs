using Microsoft.Data.Sqlite;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;

namespace P2P.Storage.Inspection;

/// <summary>
/// Removes what nothing needs. Events, genesis blocks, what any event links to, and pinned blocks with all below them always stay, but for the data of
/// snapshots that a later compaction replaced. Works on a folder that nobody has open: a running node may be about to link to a block it has just stored.
/// </summary>
public static class StoreCollector
{
    private static ReadOnlySpan<byte> Link => [0xd8, 0x2a, 0x58, 0x25, 0x00, 0x01]; // tag 42 before a CID of version 1
    private const int CidOffset = 5; // behind tag, length and the zero byte
    private const int CidBytes = 36;

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
        catch (SqliteException error)
        {
            throw SqliteError.Translate(error, path);
        }
    }

    private static StoreCollection InOneTransaction(SqliteConnection connection, bool unpinned, ReplacedSnapshots replaced)
    {
        Dictionary<Cid, (long Id, long Bytes)> loose = unpinned ? Loose(connection) : [];
        RemoveLinked(connection, loose, replaced);
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

    private static Dictionary<Cid, (long Id, long Bytes)> Loose(SqliteConnection connection)
    {
        const string sql =
            """
            SELECT b.id, b.cid, LENGTH(b.bytes) FROM block b WHERE b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = b.id)
            AND NOT EXISTS(SELECT 1 FROM document WHERE cid = b.cid) AND NOT EXISTS(SELECT 1 FROM pin WHERE cid = b.cid)
            """;
        Dictionary<Cid, (long Id, long Bytes)> loose = [];
        foreach (object[] row in Rows.Of(connection, sql))
        {
            if (Cid.TryRead((byte[])row[1], out Cid cid, out _))
            {
                loose[cid] = ((long)row[0], (long)row[2]);
            }
        }

        return loose;
    }

    private static void RemoveLinked(SqliteConnection connection, Dictionary<Cid, (long Id, long Bytes)> loose, ReplacedSnapshots replaced)
    {
        if (loose.Count == 0)
        {
            return;
        }

        HashSet<Cid> pinned = [];
        PinnedBlocks.AddTo(pinned, connection);
        Queue<(Cid Cid, long Id)> lists = [];
        foreach (Cid cid in pinned)
        {
            Keep(cid, loose, lists);
        }

        foreach (object[] row in Rows.Of(connection, "SELECT b.bytes, b.id FROM event e JOIN block b ON b.id = e.block WHERE b.bytes IS NOT NULL"))
        {
            if (!replaced.Events.Contains((long)row[1]))
            {
                KeepLinked((byte[])row[0], loose, lists);
            }
        }

        // What is larger than a block (the data of a snapshot, a file) is a list of blocks: whoever keeps the list keeps its parts, lists of lists too.
        while (lists.TryDequeue(out (Cid Cid, long Id) list))
        {
            foreach (object[] row in Rows.Of(connection, "SELECT bytes FROM block WHERE id = $a", list.Id))
            {
                BlockLinks.TryRead(list.Cid, (byte[])row[0], out IReadOnlyList<Cid> links);
                foreach (Cid link in links)
                {
                    Keep(link, loose, lists);
                }
            }
        }
    }

    // Searching for the bytes in front of a link misses none; text that happens to look like one only keeps a block.
    private static void KeepLinked(ReadOnlySpan<byte> rest, Dictionary<Cid, (long Id, long Bytes)> loose, Queue<(Cid Cid, long Id)> lists)
    {
        for (int at = rest.IndexOf(Link); at >= 0; at = rest.IndexOf(Link))
        {
            rest = rest[(at + CidOffset)..];
            if (rest.Length >= CidBytes && Cid.TryRead(rest[..CidBytes], out Cid cid, out _))
            {
                Keep(cid, loose, lists);
            }
        }
    }

    private static void Keep(Cid cid, Dictionary<Cid, (long Id, long Bytes)> loose, Queue<(Cid Cid, long Id)> lists)
    {
        if (loose.Remove(cid, out (long Id, long Bytes) kept) && cid.Codec is Cid.DagPbCodec or Cid.DagCborCodec)
        {
            lists.Enqueue((cid, kept.Id));
        }
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
