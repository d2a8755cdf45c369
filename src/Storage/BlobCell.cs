using Microsoft.Data.Sqlite;

namespace P2P.Storage;

/// <summary>
/// Cells that hold bytes. SQLite keeps a type with every cell, so a flipped bit can turn bytes into text of the same bytes: read as what they are declared,
/// they are still whole, and whoever looks at them by name and whoever walks the log see the same.
/// </summary>
internal static class BlobCell
{
    /// <summary>The bytes of the first cell of the first row; null when there is no row or the cell is empty.</summary>
    public static byte[]? First(SqliteCommand command)
    {
        using SqliteDataReader reader = command.ExecuteReader();
        return reader.Read() && !reader.IsDBNull(0) ? Read(reader, 0) : null;
    }

    /// <summary>Bytes of a cell that is not empty, whatever its type.</summary>
    public static byte[] Read(SqliteDataReader reader, int column) => reader.GetFieldValue<byte[]>(column);

    /// <summary>Whether a column was declared to hold bytes.</summary>
    public static bool IsDeclared(SqliteDataReader reader, int column) => reader.GetDataTypeName(column) == "BLOB";
}
