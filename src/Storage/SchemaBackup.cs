using System.Globalization;
using Microsoft.Data.Sqlite;

namespace P2P.Storage;

/// <summary>The copy of an older database that is kept beside it before its tables are changed: the only way back to the older program.</summary>
/// <remarks>Spec: durability, section 2; user-experience, section 11.</remarks>
internal static class SchemaBackup
{
    /// <summary>Copies the database as its last commit left it. The name appears only when the copy is whole and on the disk.</summary>
    /// <exception cref="SqliteException">No space, or the disk failed; nothing has changed then.</exception>
    public static void Make(SqliteConnection connection, long version)
    {
        string target = PathOf(connection.DataSource, version);
        string half = target + ".tmp";
        File.Delete(half); // of an attempt that was cut off
        PrivateFolder.MakeFile(half); // it holds the author key too; SQLite copies into an empty file
        using (SqliteCommand copy = connection.CreateCommand())
        {
            copy.CommandText = "VACUUM INTO $to";
            copy.Parameters.AddWithValue("$to", half);
            copy.ExecuteNonQuery();
        }

        DurableFile.Publish(half, target);
    }

    /// <summary>Backups beside a database, oldest schema first.</summary>
    public static IReadOnlyList<string> Beside(string database)
    {
        string directory = Path.GetDirectoryName(database)!;
        return [.. Directory.EnumerateFiles(directory, Path.GetFileName(database) + ".schema*").Where(static f => !f.EndsWith(".tmp", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Where the copy of a version is kept.</summary>
    public static string PathOf(string database, long version) => string.Create(CultureInfo.InvariantCulture, $"{database}.schema{version}");
}
