using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage;

/// <summary>What the tables say of documents without their blocks being read: for documents that sleep.</summary>
internal static class TipReader
{
    /// <summary>Documents whose genesis is held whole.</summary>
    public static IReadOnlyList<Genesis> Documents(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            """
            SELECT d.cid, b.bytes FROM document d JOIN block b ON b.cid = d.cid
            WHERE b.bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM meta WHERE key = 'left:' || hex(d.cid)) ORDER BY d.id
            """;
        using SqliteDataReader reader = command.ExecuteReader();
        List<Genesis> documents = [];
        while (reader.Read())
        {
            byte[] bytes = reader.GetFieldValue<byte[]>(1);
            if (Cid.TryRead(reader.GetFieldValue<byte[]>(0), out Cid cid, out _) && cid.Verify(bytes) && Genesis.TryDecode(bytes, out Genesis? genesis, out _))
            {
                documents.Add(genesis!);
            }
        }

        return documents;
    }

    /// <summary>Every key that wrote in a document through this store, by their bytes.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> OwnAuthors(SqliteConnection connection, Cid document)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT author FROM own WHERE doc = $a AND LENGTH(author) = $b ORDER BY author";
        command.Parameters.AddWithValue("$a", document.Bytes.ToArray());
        command.Parameters.AddWithValue("$b", EventLimits.AuthorBytes);
        using SqliteDataReader reader = command.ExecuteReader();
        List<ReadOnlyMemory<byte>> authors = [];
        while (reader.Read())
        {
            authors.Add(reader.GetFieldValue<byte[]>(0));
        }

        return authors;
    }

    /// <summary>Heads, newest applied event of each author, number of applied events; null when the document is not known or a name is rotten.</summary>
    public static StoredTips? Tips(SqliteConnection connection, Cid document)
    {
        using SqliteTransaction snapshot = connection.BeginTransaction(deferred: true); // one state of the database for all questions
        if (Find(connection, snapshot, document) is not long id)
        {
            return null;
        }

        if (Heads(connection, snapshot, id) is not List<Cid> heads || Authors(connection, snapshot, id) is not { } authors)
        {
            return null;
        }

        long applied = Count(connection, snapshot, "SELECT COUNT(*) FROM log WHERE doc = $a", id);
        long forks = Count(connection, snapshot, "SELECT COUNT(*) FROM evidence WHERE doc = $a", document.Bytes.ToArray());
        return new StoredTips(heads, authors, applied, HasForks: forks > 0);
    }

    private static List<Cid>? Heads(SqliteConnection connection, SqliteTransaction snapshot, long document)
    {
        using SqliteCommand command = Command(connection, snapshot, "SELECT b.cid FROM head h JOIN block b ON b.id = h.block WHERE h.doc = $a", document);
        using SqliteDataReader reader = command.ExecuteReader();
        List<Cid> heads = [];
        while (reader.Read())
        {
            if (!Cid.TryRead(reader.GetFieldValue<byte[]>(0), out Cid head, out _))
            {
                return null;
            }

            heads.Add(head);
        }

        return heads;
    }

    // SQLite takes the other columns from the row with the greatest sequence number. Held events are in the table too and do not count.
    private static List<(ReadOnlyMemory<byte> Author, ulong Sequence, Cid Tip)>? Authors(
        SqliteConnection connection, SqliteTransaction snapshot, long document)
    {
        using SqliteCommand command = Command(
            connection,
            snapshot,
            """
            SELECT author, seq, b.cid FROM
                (SELECT e.author AS author, MAX(e.seq) AS seq, e.block AS block FROM event e JOIN log l ON l.doc = e.doc AND l.block = e.block
                 WHERE e.doc = $a GROUP BY e.author)
            JOIN block b ON b.id = block
            """,
            document);
        using SqliteDataReader reader = command.ExecuteReader();
        List<(ReadOnlyMemory<byte>, ulong, Cid)> authors = [];
        while (reader.Read())
        {
            if (!Cid.TryRead(reader.GetFieldValue<byte[]>(2), out Cid tip, out _))
            {
                return null;
            }

            authors.Add((reader.GetFieldValue<byte[]>(0), (ulong)reader.GetInt64(1), tip));
        }

        return authors;
    }

    private static long? Find(SqliteConnection connection, SqliteTransaction snapshot, Cid document)
    {
        using SqliteCommand command = Command(connection, snapshot, "SELECT id FROM document WHERE cid = $a", document.Bytes.ToArray());
        return command.ExecuteScalar() as long?;
    }

    private static long Count(SqliteConnection connection, SqliteTransaction snapshot, string sql, object document)
    {
        using SqliteCommand command = Command(connection, snapshot, sql, document);
        return command.ExecuteScalar() is long count ? count : 0;
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction snapshot, string sql, object document)
    {
        SqliteCommand command = connection.CreateCommand();
        command.Transaction = snapshot;
#pragma warning disable CA2100 // only constants of this file arrive here
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Parameters.AddWithValue("$a", document);
        return command;
    }
}
