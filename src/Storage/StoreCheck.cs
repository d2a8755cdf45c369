using Microsoft.Data.Sqlite;
using P2P.Crdt.Events;

namespace P2P.Storage;

/// <summary>
/// After an unclean end: what is derived from blocks (log, waiting room, heads, event rows) is compared with them and rebuilt, not trusted. Blocks
/// themselves are hashed whenever they are read; heads are computed again by the replica that loads them.
/// </summary>
/// <remarks>Spec: durability, D2, D6 and section 6.</remarks>
internal static class StoreCheck
{
    private const string LostRows = "DELETE FROM log WHERE NOT EXISTS(SELECT 1 FROM block WHERE id = log.block)";

    // Rows that name a block which is gone can only mislead; an event that nothing lists is looked at again by the replica.
    private static readonly string[] s_repairs =
    [
        LostRows,
        "DELETE FROM held WHERE NOT EXISTS(SELECT 1 FROM block WHERE id = held.block)",
        "DELETE FROM event WHERE NOT EXISTS(SELECT 1 FROM block WHERE id = event.block)",
        "DELETE FROM held WHERE EXISTS(SELECT 1 FROM log WHERE doc = held.doc AND block = held.block)",
        """
        INSERT OR IGNORE INTO held(doc, block) SELECT e.doc, e.block FROM event e JOIN block b ON b.id = e.block
        WHERE b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM log WHERE doc = e.doc AND block = e.block)
        """,
        "DELETE FROM head WHERE NOT EXISTS(SELECT 1 FROM log WHERE doc = head.doc AND block = head.block)",
    ];

    /// <summary>Checks unless the last program ended cleanly.</summary>
    /// <returns>Rows that were wrong and are right now.</returns>
    public static int Run(SqliteConnection connection) =>
        StoreSchema.Scalar(connection, "SELECT COUNT(*) FROM meta WHERE key = 'clean'") > 0 ? 0 : Repair(connection);

    private static int Repair(SqliteConnection connection)
    {
        using SqliteTransaction transaction = connection.BeginTransaction();
        (int wrong, int removed) = Repair(connection, transaction);
        if (removed > 0)
        {
            ForgetEpoch(connection, transaction);
        }

        transaction.Commit();
        return wrong;
    }

    /// <summary>Makes the tables that lead to events agree again, whatever the last end was. Cursors of before are not good any more from the next open on.</summary>
    public static void MakeAgain(SqliteConnection connection, SqliteTransaction transaction)
    {
        LogTable.MakeAgain(connection, transaction);
        Repair(connection, transaction);
        ForgetEpoch(connection, transaction);
    }

    private static (int Wrong, int Removed) Repair(SqliteConnection connection, SqliteTransaction transaction)
    {
        int wrong = 0;
        int removed = 0;
        foreach (string repair in s_repairs)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.Transaction = transaction;
#pragma warning disable CA2100 // the constants above
            command.CommandText = repair;
#pragma warning restore CA2100
            int rows = command.ExecuteNonQuery();
            wrong += rows;
            removed += repair == LostRows ? rows : 0;
        }

        return (wrong + RebuildEventRows(connection, transaction), removed);
    }

    // What follows in the log has other numbers now: cursors of before lead elsewhere.
    private static void ForgetEpoch(SqliteConnection connection, SqliteTransaction transaction)
    {
        using SqliteCommand forget = connection.CreateCommand();
        forget.Transaction = transaction;
        forget.CommandText = "DELETE FROM meta WHERE key = 'epoch'";
        forget.ExecuteNonQuery();
    }

    private static int RebuildEventRows(SqliteConnection connection, SqliteTransaction transaction)
    {
        List<(long Document, long Block, Event Event)> found = [];
        using (SqliteCommand find = connection.CreateCommand())
        {
            find.Transaction = transaction;
            find.CommandText =
                """
                SELECT l.doc, l.block, b.bytes FROM log l JOIN block b ON b.id = l.block
                WHERE b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = l.block AND doc = l.doc)
                """;
            using SqliteDataReader reader = find.ExecuteReader();
            while (reader.Read())
            {
                if (EventCodec.TryDecode(reader.GetFieldValue<byte[]>(2), default, out Event? read, out _) && read is not null)
                {
                    found.Add((reader.GetInt64(0), reader.GetInt64(1), read));
                }
            }
        }

        foreach ((long document, long block, Event read) in found)
        {
            using SqliteCommand put = connection.CreateCommand();
            put.Transaction = transaction;
            put.CommandText = "INSERT OR IGNORE INTO event(doc, author, seq, height, at, block) VALUES($a, $b, $c, $d, $e, $f)";
            put.Parameters.AddWithValue("$a", document);
            put.Parameters.AddWithValue("$b", read.Author.ToArray());
            put.Parameters.AddWithValue("$c", unchecked((long)read.Sequence));
            put.Parameters.AddWithValue("$d", unchecked((long)read.Height));
            put.Parameters.AddWithValue("$e", unchecked((long)read.At));
            put.Parameters.AddWithValue("$f", block);
            put.ExecuteNonQuery();
        }

        return found.Count;
    }
}
