using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Tables;

namespace P2P.Storage;

/// <summary>The two tables of the federation. They only add to the schema, so an older program opens the store and leaves them alone.</summary>
/// <remarks>Spec: federation, section 7. Cuts are CIDs of 36 bytes one after the other.</remarks>
internal static class FederationTables
{
    private const string Tables =
        """
        CREATE TABLE IF NOT EXISTS snapshot_provenance(snap BLOB PRIMARY KEY, doc BLOB NOT NULL, cut BLOB NOT NULL, n INTEGER NOT NULL,
                                                       ordered BLOB NOT NULL, state BLOB NOT NULL, computed_by TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS federation_log(doc BLOB NOT NULL, peer TEXT NOT NULL, author BLOB NOT NULL, branch BLOB NOT NULL,
                                                  seq INTEGER NOT NULL, cid BLOB NOT NULL, PRIMARY KEY(doc, peer, author, branch)) WITHOUT ROWID;
        """;

    public static void Create(SqliteConnection connection) => StoreSchema.Execute(connection, Tables);

    public static void Put(SqliteConnection connection, SqliteTransaction transaction, SnapshotRow row)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "INSERT OR REPLACE INTO snapshot_provenance(snap, doc, cut, n, ordered, state, computed_by) VALUES($a, $b, $c, $d, $e, $f, $g)";
        command.Parameters.AddWithValue("$a", row.Snapshot.Bytes.ToArray());
        command.Parameters.AddWithValue("$b", row.Document.Bytes.ToArray());
        command.Parameters.AddWithValue("$c", row.Cut.SelectMany(static c => c.Bytes.ToArray()).ToArray());
        command.Parameters.AddWithValue("$d", (long)row.Count);
        command.Parameters.AddWithValue("$e", row.OrderHash.ToArray());
        command.Parameters.AddWithValue("$f", row.State.ToArray());
        command.Parameters.AddWithValue("$g", row.ComputedBy);
        command.ExecuteNonQuery();
    }

    public static void Put(SqliteConnection connection, SqliteTransaction transaction, PeerPosition row)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            "INSERT INTO federation_log(doc, peer, author, branch, seq, cid) VALUES($a, $b, $c, $d, $e, $f) "
            + "ON CONFLICT(doc, peer, author, branch) DO UPDATE SET seq = excluded.seq, cid = excluded.cid WHERE excluded.seq > seq";
        command.Parameters.AddWithValue("$a", row.Document.Bytes.ToArray());
        command.Parameters.AddWithValue("$b", row.Peer);
        command.Parameters.AddWithValue("$c", row.Author.ToArray());
        command.Parameters.AddWithValue("$d", row.Branch.Bytes.ToArray());
        command.Parameters.AddWithValue("$e", (long)row.Sequence);
        command.Parameters.AddWithValue("$f", row.Cid.Bytes.ToArray());
        command.ExecuteNonQuery();
    }

    public static List<SnapshotRow> Snapshots(SqliteConnection connection, Cid document)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT snap, cut, n, ordered, state, computed_by FROM snapshot_provenance WHERE doc = $a ORDER BY snap";
        command.Parameters.AddWithValue("$a", document.Bytes.ToArray());
        using SqliteDataReader reader = command.ExecuteReader();
        List<SnapshotRow> rows = [];
        while (reader.Read())
        {
            rows.Add(new SnapshotRow(
                ReadCid(reader, 0),
                document,
                [.. reader.GetFieldValue<byte[]>(1).Chunk(EventLimits.LinkBytes).Select(static c => Cid.TryRead(c, out Cid cid, out _) ? cid : default)],
                (ulong)reader.GetInt64(2),
                EventDigest.Read(reader.GetFieldValue<byte[]>(3)),
                EventDigest.Read(reader.GetFieldValue<byte[]>(4)),
                reader.GetString(5)));
        }

        return rows;
    }

    public static List<PeerPosition> Positions(SqliteConnection connection, Cid document)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT peer, author, branch, seq, cid FROM federation_log WHERE doc = $a ORDER BY peer, author, branch";
        command.Parameters.AddWithValue("$a", document.Bytes.ToArray());
        using SqliteDataReader reader = command.ExecuteReader();
        List<PeerPosition> rows = [];
        while (reader.Read())
        {
            rows.Add(new PeerPosition(
                reader.GetString(0), document, reader.GetFieldValue<byte[]>(1), ReadCid(reader, 2), (ulong)reader.GetInt64(3), ReadCid(reader, 4)));
        }

        return rows;
    }

    private static Cid ReadCid(SqliteDataReader reader, int column) =>
        Cid.TryRead(reader.GetFieldValue<byte[]>(column), out Cid cid, out _) ? cid : default;
}
