using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;

namespace P2P.Storage;

/// <summary>Named values of the store. Writer connection only.</summary>
/// <param name="connection">The writing connection.</param>
/// <param name="making">The transaction that makes a new database; null where each <see cref="Set"/> is one of its own.</param>
internal sealed class StoreMeta(SqliteConnection connection, SqliteTransaction? making = null)
{
    public const string Epoch = "epoch";
    public const int EpochBytes = 8;
    public const string AuthorKey = "author";
    /// <summary>With the hexadecimal CID of a document behind it: its user left it.</summary>
    public const string Left = "left:";

    /// <summary>Whether the author key came from a key file: not empty when it did.</summary>
    public const string Imported = "imported";
    public const string Clean = "clean";
    public const string Generation = "generation";
    public const string NextGeneration = "generation-next";
    public const string MarkerFile = "marker-file";

    /// <summary>The key of a document that was left.</summary>
    public static string LeftKey(Cid document) => Left + Convert.ToHexString(document.Bytes);

    /// <summary>The key of what makes the epoch of a document differ from that of the store.</summary>
    public static string EpochKey(Cid document) => "epoch:" + Convert.ToHexString(document.Bytes);

    public byte[]? Get(string key) => Get(connection, key, making);

    public static byte[]? Get(SqliteConnection connection, string key, SqliteTransaction? transaction = null)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT value FROM meta WHERE key = $key";
        command.Parameters.AddWithValue("$key", key);
        return BlobCell.First(command);
    }

    /// <summary>All values whose names begin so, by name.</summary>
    public List<(string Key, byte[] Value)> All(string prefix)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = making;
        command.CommandText = "SELECT key, value FROM meta WHERE substr(key, 1, $n) = $prefix ORDER BY key";
        command.Parameters.AddWithValue("$n", prefix.Length);
        command.Parameters.AddWithValue("$prefix", prefix);
        using SqliteDataReader reader = command.ExecuteReader();
        List<(string, byte[])> found = [];
        while (reader.Read())
        {
            if (reader.GetValue(1) is byte[] value)
            {
                found.Add((reader.GetString(0), value));
            }
        }

        return found;
    }

    public void Set(params ReadOnlySpan<(string Key, byte[]? Value)> values)
    {
        using SqliteTransaction? own = making is null ? connection.BeginTransaction() : null;
        foreach ((string key, byte[]? value) in values)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.Transaction = making ?? own;
#pragma warning disable CA2100 // one of two constants
            command.CommandText = value is null ? "DELETE FROM meta WHERE key = $key" : "INSERT OR REPLACE INTO meta(key, value) VALUES($key, $value)";
#pragma warning restore CA2100
            command.Parameters.AddWithValue("$key", key);
            if (value is not null)
            {
                command.Parameters.AddWithValue("$value", value);
            }

            command.ExecuteNonQuery();
        }

        own?.Commit();
    }
}
