using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;

namespace P2P.Storage;

/// <summary>
/// The log, the documents, and the indexes that lead to their rows. One flipped bit in an index hides rows that are whole, and nothing that is read through
/// the index can see it. So two indexes are compared whenever a document is loaded, and the tables are made again from their rows when they differ.
/// </summary>
/// <remarks>Spec: durability, D6 and section 6.</remarks>
internal static class LogTable
{
    /// <summary>First version whose log has both indexes.</summary>
    public const int Since = 5;

    // Each names every row of the document once, by another index, and reads all of it: one wrong bit changes one of the sums, or cannot be read. 2^31
    // keeps sums of numbers that no honest row has from overflowing.
    private const string Sums =
        "SELECT COUNT(*) || ' ' || SUM(doc) || ' ' || SUM(pos & 2147483647) || ' ' || SUM(block & 2147483647) || ' ' || MAX(pos) FROM log INDEXED BY ";

    private const string SumsDifferSql = $"SELECT ({Sums} log_doc WHERE doc = $id) IS NOT ({Sums} sqlite_autoindex_log_1 WHERE doc = $id)";

    // An index of names may say another number than the row.
    private const string NumberDiffersSql = "SELECT NOT EXISTS(SELECT 1 FROM document NOT INDEXED WHERE id = $id AND cid = $cid)";

    // Own events are listed in the transaction that writes their tip; those that came back from peers may wait for their links.
    private const string OwnUnlistedSql =
        """
        SELECT EXISTS(SELECT 1 FROM own o JOIN block b ON b.cid = o.cid WHERE o.doc = $cid AND b.bytes IS NOT NULL
                      AND NOT EXISTS(SELECT 1 FROM log l WHERE l.doc = $id AND l.block = b.id)
                      AND NOT EXISTS(SELECT 1 FROM held h WHERE h.doc = $id AND h.block = b.id))
        """;

    // The tip of an author says what his event says.
    private const string OwnWrongSql =
        """
        SELECT EXISTS(SELECT 1 FROM own o JOIN event e ON e.doc = $id AND e.author = o.author JOIN block b ON b.id = e.block
                      WHERE o.doc = $cid AND (b.cid = o.cid AND (e.seq <> o.seq OR e.height <> o.height)
                            OR e.seq = o.seq AND b.cid <> o.cid AND NOT EXISTS(SELECT 1 FROM block WHERE cid = o.cid)))
        """;

    // A document that wrote here before and is not known any more was erased, or its row is there and cannot be found.
    private const string LostDocumentSql =
        """
        SELECT EXISTS(SELECT 1 FROM own WHERE doc = $cid)
           AND EXISTS(SELECT 1 FROM document d NOT INDEXED WHERE d.cid = $cid OR NOT EXISTS(SELECT 1 FROM block WHERE cid = d.cid))
        """;

    // The rows are the truth: a copy takes them in their order, without an index, and has new ones.
    private const string MakeAgainSql =
        """
        CREATE TABLE document_again(id INTEGER PRIMARY KEY, cid BLOB NOT NULL UNIQUE);
        INSERT OR IGNORE INTO document_again SELECT id, CAST(cid AS BLOB) FROM document NOT INDEXED;
        DROP TABLE document;
        ALTER TABLE document_again RENAME TO document;
        CREATE TABLE log_again(pos INTEGER PRIMARY KEY AUTOINCREMENT, doc INTEGER NOT NULL, block INTEGER NOT NULL, UNIQUE(doc, block));
        INSERT OR IGNORE INTO log_again SELECT pos, doc, block FROM log NOT INDEXED;
        DROP TABLE log;
        ALTER TABLE log_again RENAME TO log;
        CREATE INDEX log_doc ON log(doc);
        REINDEX event;
        UPDATE own SET seq = e.seq, height = e.height FROM event e JOIN block b ON b.id = e.block WHERE b.cid = own.cid AND e.author = own.author;
        UPDATE own SET cid = b.cid FROM document d JOIN event e ON e.doc = d.id JOIN block b ON b.id = e.block
            WHERE d.cid = own.doc AND e.author = own.author AND e.seq = own.seq AND NOT EXISTS(SELECT 1 FROM block WHERE cid = own.cid);
        """;

    private static readonly string[] s_doubts = [NumberDiffersSql, SumsDifferSql, OwnUnlistedSql, OwnWrongSql];

    /// <summary>Whether what leads to the rows of a document tells the same in every way. Walks two indexes of the document, no block.</summary>
    /// <param name="connection">Reads one state of the database: in a transaction.</param>
    /// <param name="document">Its id.</param>
    public static bool Agrees(SqliteConnection connection, Cid document)
    {
        byte[] cid = document.Bytes.ToArray();
        try
        {
            return Ask(connection, "SELECT id FROM document WHERE cid = $cid", cid) is long id
                ? s_doubts.All(doubt => Ask(connection, doubt, cid, id) is 0L)
                : Ask(connection, LostDocumentSql, cid) is 0L;
        }
        catch (SqliteException error) when (SqliteError.IsDamage(error))
        {
            return false;
        }
    }

    /// <summary>Makes the tables and their indexes again. Walks every row of the log; those that contradict themselves are left out.</summary>
    public static void MakeAgain(SqliteConnection connection, SqliteTransaction transaction)
    {
        StoreSchema.Execute(connection, MakeAgainSql, transaction);
        foreach ((long id, Cid named) in Misnamed(connection, transaction))
        {
            using SqliteCommand rename = connection.CreateCommand();
            rename.Transaction = transaction;
            rename.CommandText =
                """
                DELETE FROM document WHERE cid = $cid AND NOT EXISTS(SELECT 1 FROM log WHERE doc = document.id);
                INSERT OR IGNORE INTO document(id, cid) VALUES($id, $cid) ON CONFLICT(id) DO UPDATE SET cid = excluded.cid;
                """;
            rename.Parameters.AddWithValue("$cid", named.Bytes.ToArray());
            rename.Parameters.AddWithValue("$id", id);
            rename.ExecuteNonQuery();
        }
    }

    // Documents whose row is gone, or whose genesis nobody has: number or name rotted. Every event says which document it is of.
    private static List<(long Id, Cid Named)> Misnamed(SqliteConnection connection, SqliteTransaction transaction)
    {
        using SqliteCommand find = connection.CreateCommand();
        find.Transaction = transaction;
        find.CommandText =
            """
            SELECT l.doc, b.bytes FROM log l JOIN block b ON b.id = l.block
            WHERE b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM document d JOIN block g ON g.cid = d.cid WHERE d.id = l.doc) GROUP BY l.doc
            """;
        using SqliteDataReader reader = find.ExecuteReader();
        List<(long, Cid)> found = [];
        while (reader.Read())
        {
            if (EventCodec.TryDecode(BlobCell.Read(reader, 1), default, out Event? read, out _) && read is not null)
            {
                found.Add((reader.GetInt64(0), read.Document));
            }
        }

        return found;
    }

    private static object? Ask(SqliteConnection connection, string sql, byte[] cid, long id = 0)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // the constants above
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$cid", cid);
        command.Parameters.AddWithValue("$id", id);
        return command.ExecuteScalar();
    }
}
