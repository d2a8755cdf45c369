using Microsoft.Data.Sqlite;

namespace P2P.Storage.Inspection;

/// <summary>Queries of the inspection, streamed. Parameters are named <c>$a</c>, <c>$b</c> and so on.</summary>
internal static class Rows
{
    public static IEnumerable<object[]> Of(SqliteConnection connection, string sql, params object[] arguments)
    {
        using SqliteCommand command = Command(connection, sql, arguments);
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            object[] row = new object[reader.FieldCount];
            reader.GetValues(row);
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
