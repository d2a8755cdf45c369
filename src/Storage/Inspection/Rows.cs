using Microsoft.Data.Sqlite;

namespace P2P.Storage.Inspection;

/// <summary>
/// Queries of the inspection, streamed. Parameters are named <c>$a</c>, <c>$b</c> and so on. A flipped bit may make a cell of another type than its column
/// declares: what is declared a blob arrives as its bytes all the same, and whatever else does not fit is read as nothing, so that it fits no name.
/// </summary>
internal static class Rows
{
    /// <summary>Bytes of a cell; none when it has something else.</summary>
    public static byte[] Bytes(object cell) => cell as byte[] ?? [];

    /// <summary>Number in a cell; 0, which is no row, when it has something else.</summary>
    public static long Number(object cell) => cell is long number ? number : 0;

    public static IEnumerable<object[]> Of(SqliteConnection connection, string sql, params object[] arguments)
    {
        using SqliteCommand command = Command(connection, sql, arguments);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            object[] row = new object[reader.FieldCount];
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = BlobCell.IsDeclared(reader, i) && !reader.IsDBNull(i) ? BlobCell.Read(reader, i) : reader.GetValue(i);
            }

            yield return row;
        }
    }

    public static long Scalar(SqliteConnection connection, string sql, params ReadOnlySpan<object> arguments)
    {
        using SqliteCommand command = Command(connection, sql, arguments);
        return command.ExecuteScalar() is long value ? value : 0;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, ReadOnlySpan<object> arguments)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // only constants of this assembly arrive here
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < arguments.Length; i++)
        {
            command.Parameters.AddWithValue("$" + (char)('a' + i), arguments[i]);
        }

        return command;
    }
}
