using Microsoft.Data.Sqlite;

namespace P2P.Storage;

/// <summary>The index of block names, made again from the rows when it leads to a wrong one.</summary>
/// <remarks>Spec: durability, D6.</remarks>
internal static class BlockIndex
{
    /// <summary>Makes the index again. Walks every block.</summary>
    public static void Rebuild(SqliteConnection connection, SqliteTransaction transaction)
    {
        StoreSchema.Execute(connection, "REINDEX block;", transaction);

        // A flipped bit can turn a name into text of the same bytes (see BlobCell). No text equals bytes, so now that the index is like its rows nobody
        // would find such a block by its name, while the log still led to it. If a second row has the name, nothing is lost by leaving this one.
        StoreSchema.Execute(connection, "UPDATE OR IGNORE block SET cid = CAST(cid AS BLOB) WHERE typeof(cid) <> 'blob';", transaction);
    }
}
