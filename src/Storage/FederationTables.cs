using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Tables;

namespace P2P.Storage;

/// <summary>The tables of the federation, made by step 3 of <see cref="StoreSchema"/>.</summary>
/// <remarks>Spec: federation, section 7. Cuts are CIDs of 36 bytes one after the other.</remarks>
internal static class FederationTables
{
    /// <summary>Peers kept of one document: a peer id costs its owner nothing.</summary>
    public const int PeersMax = 1_024;

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

    /// <summary>Adds to what a peer has brought. Beyond <see cref="PeersMax"/> whoever was heard longest ago is forgotten.</summary>
    public static void Add(SqliteConnection connection, SqliteTransaction transaction, PeerDeliveries row)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText =
            """
            INSERT INTO federation_peer(doc, peer, last, packs, bytes, faults, accepted, duplicate, pending, invalid, busy)
            VALUES($doc, $peer, $last, $packs, $bytes, $faults, $accepted, $duplicate, $pending, $invalid, $busy)
            ON CONFLICT(doc, peer) DO UPDATE SET last = excluded.last, packs = packs + excluded.packs, bytes = bytes + excluded.bytes,
                faults = faults + excluded.faults, accepted = accepted + excluded.accepted, duplicate = duplicate + excluded.duplicate,
                pending = pending + excluded.pending, invalid = invalid + excluded.invalid, busy = busy + excluded.busy;
            DELETE FROM federation_peer WHERE doc = $doc AND (SELECT count(*) FROM federation_peer WHERE doc = $doc) > $most
                AND peer = (SELECT peer FROM federation_peer WHERE doc = $doc AND peer <> $peer ORDER BY last, peer LIMIT 1);
            """;
        command.Parameters.AddWithValue("$doc", row.Document.Bytes.ToArray());
        command.Parameters.AddWithValue("$peer", row.Peer);
        command.Parameters.AddWithValue("$last", (long)row.LastAt);
        command.Parameters.AddWithValue("$most", PeersMax);
        (string Name, long Value)[] counts =
        [
            ("$packs", row.Packs), ("$bytes", row.Bytes), ("$faults", row.Faults), ("$accepted", row.Accepted),
            ("$duplicate", row.Duplicate), ("$pending", row.Pending), ("$invalid", row.Invalid), ("$busy", row.Busy),
        ];
        foreach ((string name, long value) in counts)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.ExecuteNonQuery();
    }

    public static List<PeerDeliveries> Deliveries(SqliteConnection connection, Cid document)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            "SELECT peer, last, packs, bytes, faults, accepted, duplicate, pending, invalid, busy FROM federation_peer WHERE doc = $a ORDER BY peer";
        command.Parameters.AddWithValue("$a", document.Bytes.ToArray());
        using SqliteDataReader reader = command.ExecuteReader();
        List<PeerDeliveries> rows = [];
        while (reader.Read())
        {
            rows.Add(new PeerDeliveries(reader.GetString(0), document)
            {
                LastAt = (ulong)reader.GetInt64(1),
                Packs = reader.GetInt64(2),
                Bytes = reader.GetInt64(3),
                Faults = reader.GetInt64(4),
                Accepted = reader.GetInt64(5),
                Duplicate = reader.GetInt64(6),
                Pending = reader.GetInt64(7),
                Invalid = reader.GetInt64(8),
                Busy = reader.GetInt64(9),
            });
        }

        return rows;
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
