using Microsoft.Data.Sqlite;

namespace P2P.Storage.Eviction;

/// <summary>Removes blocks of a plan, each looked at again. One transaction.</summary>
internal sealed class BlockEvictor(SqliteConnection connection, SqliteTransaction transaction, Action? onIo)
{
    public StoreEvicted Drop(IReadOnlyList<EvictionCandidate> candidates)
    {
        // Row and name: of a row that was given to another block nothing is known. Names nobody links to go with their blocks; events keep the names they link to.
        using SqliteCommand delete = connection.CreateCommand();
        delete.Transaction = transaction;
        delete.CommandText =
            """
            DELETE FROM block WHERE id = $a AND cid = $b AND bytes IS NOT NULL AND NOT EXISTS(SELECT 1 FROM event WHERE block = block.id)
            AND NOT EXISTS(SELECT 1 FROM document WHERE cid = block.cid) AND NOT EXISTS(SELECT 1 FROM pin WHERE cid = block.cid) RETURNING LENGTH(bytes)
            """;
        SqliteParameter row = delete.Parameters.AddWithValue("$a", 0L);
        SqliteParameter name = delete.Parameters.AddWithValue("$b", Array.Empty<byte>());
        StoreEvicted sum = default;
        foreach (EvictionCandidate candidate in candidates)
        {
            onIo?.Invoke();
            row.Value = candidate.Row;
            name.Value = candidate.Cid.Bytes.ToArray();
            if (delete.ExecuteScalar() is long bytes)
            {
                sum = new StoreEvicted(sum.Blocks + 1, sum.Bytes + bytes, false);
            }
        }

        return sum;
    }
}
