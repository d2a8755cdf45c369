using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;

namespace P2P.Storage;

/// <summary>
/// Drops blocks whose bytes a snapshot in the same store has as well. The row of the block stays, without bytes; the row of the event keeps what
/// follows from it: author, number, height, claimed time, and from now on its links. Looks at every block again: heads, rotten blocks and what is not
/// an applied event of the document stay.
/// </summary>
/// <remarks>Spec: durability, section 2 (<c>event.links</c>) and section 7. One transaction.</remarks>
internal sealed class BlockDropper(SqliteConnection connection, SqliteTransaction transaction, AuthorShares shares, Action? onIo)
{
    public StoreCompacted Drop(StoreCompaction compaction)
    {
        if (Scalar("SELECT id FROM document WHERE cid = $a", Bytes(compaction.Document)) is not long document)
        {
            return default;
        }

        if (!PayloadDropper.IsArchiveWhole(connection, compaction.Snapshot))
        {
            return default; // it was evicted since it was read: nothing could be read back
        }

        // First: without it nothing could be read back.
        Execute("INSERT OR IGNORE INTO archive(doc, snap) VALUES($a, $b)", document, Bytes(compaction.Snapshot));
        StoreCompacted sum = default;
        using SqliteCommand find = Command(
            """
            SELECT b.id, b.bytes FROM block b WHERE b.cid = $a AND b.bytes IS NOT NULL AND EXISTS(SELECT 1 FROM log WHERE doc = $b AND block = b.id)
            AND NOT EXISTS(SELECT 1 FROM head WHERE doc = $b AND block = b.id)
            AND NOT ($c AND EXISTS(SELECT 1 FROM event e JOIN own o ON o.author = e.author WHERE e.block = b.id))
            """,
            DBNull.Value,
            document,
            compaction.KeepsOwn);
        foreach (Cid cid in compaction.Events)
        {
            find.Parameters[0].Value = Bytes(cid);
            if (Find(find, cid, compaction.Document) is (long block, Event whole) && KeptLinks.Encode(whole, IdOf) is byte[] links)
            {
                Execute("UPDATE event SET links = $c WHERE doc = $a AND block = $b", document, block, links);
                Execute("UPDATE block SET bytes = NULL WHERE id = $a", block);
                shares.Add(whole.Author.ToArray(), -whole.Bytes.Length);
                sum = new StoreCompacted(sum.Events + 1, sum.Bytes + whole.Bytes.Length);
            }
        }

        return sum;
    }

    private static (long Block, Event Whole)? Find(SqliteCommand find, Cid cid, Cid document)
    {
        using SqliteDataReader reader = find.ExecuteReader();
        return reader.Read() && EventCodec.TryDecode(reader.GetFieldValue<byte[]>(1), document, out Event? whole, out _) && whole!.Cid == cid
            ? (reader.GetInt64(0), whole)
            : null;
    }

    private long? IdOf(Cid cid) => Scalar("SELECT id FROM block WHERE cid = $a", Bytes(cid)) as long?;

    private object? Scalar(string sql, params ReadOnlySpan<object> arguments)
    {
        using SqliteCommand command = Command(sql, arguments);
        return command.ExecuteScalar();
    }

    private void Execute(string sql, params ReadOnlySpan<object> arguments)
    {
        onIo?.Invoke();
        using SqliteCommand command = Command(sql, arguments);
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<object> arguments)
    {
        SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // only constants of this file arrive here
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < arguments.Length; i++)
        {
            command.Parameters.AddWithValue("$" + (char)('a' + i), arguments[i]);
        }

        return command;
    }

    private static byte[] Bytes(Cid cid) => cid.Bytes.ToArray();
}
