using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;

namespace P2P.Storage.Inspection;

/// <summary>Erases one payload: a block that events name and that is no event. Works on a folder that nobody has open.</summary>
/// <remarks>Spec: replica, section 13: an inline payload cannot be erased alone, a separate block can. Other nodes that hold it keep it.</remarks>
public static class PayloadDropper
{
    /// <summary>Erases a block, its bytes overwritten in the database file.</summary>
    /// <param name="directory">The data folder.</param>
    /// <param name="payload">The block.</param>
    /// <returns>What became of it; null when there is no store.</returns>
    /// <exception cref="StoreException">In use, damaged, or the disk failed; then it is still there.</exception>
    public static PayloadDrop? Drop(string directory, Cid payload)
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
            using SqliteConnection connection = StoreSchema.Connect(path, SqliteOpenMode.ReadWrite);
            connection.Open();
            StoreSchema.Open(connection, new StorageOptions());
            PayloadDrop verdict = Judge(connection, payload);
            if (verdict == PayloadDrop.Dropped)
            {
                // Whoever erases wants the bytes gone, not their row: SQLite would leave them on a free page, and the log has them too.
                StoreSchema.Execute(connection, "PRAGMA secure_delete = ON;");
                using SqliteCommand delete = connection.CreateCommand();
                delete.CommandText = "DELETE FROM block WHERE cid = $a";
                delete.Parameters.AddWithValue("$a", payload.Bytes.ToArray());
                delete.ExecuteNonQuery();
                StoreSchema.Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE);");
            }

            return verdict;
        }
        catch (Exception error) when (SqliteError.Tells(error))
        {
            throw SqliteError.Translate(error, path);
        }
    }

    private static PayloadDrop Judge(SqliteConnection connection, Cid payload)
    {
        byte[] name = payload.Bytes.ToArray();
        return Rows.Scalar(connection, "SELECT COUNT(*) FROM block WHERE cid = $a AND bytes IS NOT NULL", name) == 0 ? PayloadDrop.Absent
            : Rows.Scalar(connection, "SELECT COUNT(*) FROM event e JOIN block b ON b.id = e.block WHERE b.cid = $a", name) > 0 ? PayloadDrop.Event
            : Rows.Scalar(connection, "SELECT COUNT(*) FROM document WHERE cid = $a", name) > 0 ? PayloadDrop.Event
            : Rows.Scalar(connection, "SELECT COUNT(*) FROM pin WHERE cid = $a", name) > 0 ? PayloadDrop.Pinned
            : IsOfArchive(connection, payload) ? PayloadDrop.Archive
            : PayloadDrop.Dropped;
    }

    /// <summary>Whether a snapshot is held with all blocks of its data.</summary>
    internal static bool IsArchiveWhole(SqliteConnection connection, Cid snapshot)
    {
        foreach (object[] row in Rows.Of(connection, "SELECT bytes FROM block WHERE cid = $a AND bytes IS NOT NULL", snapshot.Bytes.ToArray()).ToList())
        {
            if (EventCodec.TryDecode(Rows.Bytes(row[0]), default, out Event? item, out _) && SnapBody.TryRead(item!.Body, out SnapBody? body) == InvalidReason.None)
            {
                return PartsOf(connection, body!.Data).Prepend(body.Data).All(part =>
                    Rows.Scalar(connection, "SELECT COUNT(*) FROM block WHERE cid = $a AND bytes IS NOT NULL", part.Bytes.ToArray()) > 0);
            }
        }

        return false;
    }

    private static bool IsOfArchive(SqliteConnection connection, Cid payload)
    {
        const string archives = "SELECT b.bytes FROM archive a JOIN block b ON b.cid = a.snap WHERE b.bytes IS NOT NULL";
        foreach (object[] row in Rows.Of(connection, archives).ToList())
        {
            if (EventCodec.TryDecode(Rows.Bytes(row[0]), default, out Event? snapshot, out _)
                && SnapBody.TryRead(snapshot!.Body, out SnapBody? body) == InvalidReason.None
                && (body!.Data == payload || PartsOf(connection, body.Data).Contains(payload)))
            {
                return true;
            }
        }

        return false;
    }

    private static IReadOnlyList<Cid> PartsOf(SqliteConnection connection, Cid list)
    {
        foreach (object[] row in Rows.Of(connection, "SELECT bytes FROM block WHERE cid = $a AND bytes IS NOT NULL", list.Bytes.ToArray()))
        {
            return SnapshotData.TryReadList(Rows.Bytes(row[0]), out _, out IReadOnlyList<Cid> parts) ? parts : [];
        }

        return [];
    }
}
