using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;

namespace P2P.Storage;

/// <summary>
/// Removes every row and block of a document, and what only its events lead to (a snapshot's data is its text), except what says how far the own author keys have counted in it: a number is never used twice.
/// </summary>
/// <remarks>Spec: durability, section 7.</remarks>
internal static class DocumentEraser
{
    // Equal blocks are stored once, so one that another document names too stays.
    private const string DocumentRows =
        """
        DELETE FROM quarantine WHERE cid = $cid OR cid IN (SELECT b.cid FROM event e JOIN block b ON b.id = e.block WHERE e.doc = $id);
        DELETE FROM head WHERE doc = $id;
        DELETE FROM held WHERE doc = $id;
        DELETE FROM archive WHERE doc = $id;
        DELETE FROM acknowledged WHERE doc = $id;
        DELETE FROM log WHERE doc = $id;
        DELETE FROM block WHERE id IN (SELECT block FROM event WHERE doc = $id) AND NOT EXISTS(SELECT 1 FROM event WHERE block = block.id AND doc <> $id);
        DELETE FROM event WHERE doc = $id;
        DELETE FROM evidence WHERE doc = $cid;
        DELETE FROM snapshot_provenance WHERE doc = $cid;
        DELETE FROM federation_log WHERE doc = $cid;
        DELETE FROM federation_peer WHERE doc = $cid;
        DELETE FROM block WHERE cid = $cid;
        DELETE FROM document WHERE id = $id;
        """;

    public static StoreErased Erase(SqliteConnection connection, SqliteTransaction transaction, AuthorShares shares, Cid document)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.Parameters.AddWithValue("$cid", document.Bytes.ToArray());
        command.CommandText = "SELECT id FROM document WHERE cid = $cid";
        if (command.ExecuteScalar() is not long id)
        {
            return default;
        }

        command.Parameters.AddWithValue("$id", id);
        command.CommandText =
            "SELECT e.author, COUNT(*), IFNULL(SUM(LENGTH(b.bytes)), 0) FROM event e JOIN block b ON b.id = e.block WHERE e.doc = $id GROUP BY e.author";
        long events = 0;
        long bytes = 0;
        using (SqliteDataReader reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                events += reader.GetInt64(1);
                bytes += reader.GetInt64(2);
                shares.Add(reader.GetFieldValue<byte[]>(0), -reader.GetInt64(2)); // its author has that much room again
            }
        }

        Dictionary<Cid, (long Id, long Bytes)> loose = LooseBlocks.All(connection);
        HashSet<Cid> data = LooseBlocks.Of(connection, loose, id);
        command.CommandText = DocumentRows;
        command.ExecuteNonQuery();
        if (data.Count > 0)
        {
            LooseBlocks.RemoveNeeded(connection, loose, new ReplacedSnapshots()); // what a pin or another document needs stays
            foreach (Cid cid in data.Where(loose.ContainsKey))
            {
                Erase(connection, transaction, cid, loose[cid].Id);
                bytes += loose[cid].Bytes;
            }
        }

        return new StoreErased(events, bytes);
    }

    private static void Erase(SqliteConnection connection, SqliteTransaction transaction, Cid cid, long block)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "DELETE FROM quarantine WHERE cid = $cid; DELETE FROM block WHERE id = $id;";
        command.Parameters.AddWithValue("$cid", cid.Bytes.ToArray());
        command.Parameters.AddWithValue("$id", block);
        command.ExecuteNonQuery();
    }
}
