using Microsoft.Data.Sqlite;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Tests.Disk;

namespace P2P.Storage.Tests;

/// <summary>Stores of every earlier schema with rows in every table are brought forward, and keep every row.</summary>
public sealed class MigrationTests
{
    // By the schema that has the table first.
    private static readonly (int Since, string Sql)[] s_rows =
    [
        (1, "INSERT INTO quarantine(cid, bytes) VALUES(x'0155', x'07')"),
        (2, "INSERT INTO pin(cid) VALUES(x'015512')"),
        (3, "INSERT INTO snapshot_provenance VALUES(x'01', x'02', x'03', 4, x'05', x'06', 'seven')"),
        (3, "INSERT INTO federation_log VALUES(x'01', 'peer', x'02', x'03', 4, x'05')"),
        (3, "INSERT INTO federation_peer VALUES(x'01', 'peer', 1, 2, 3, 4, 5, 6, 7, 8, 9)"),
        (4, "INSERT INTO archive VALUES(7, x'01')"),
        (4, "INSERT INTO acknowledged VALUES(1, 'peer', x'01')"),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Every_row_of_an_older_store_is_there_afterwards_and_the_shares_are_the_sums(int schema)
    {
        using TempFolder folder = new();
        await using (SqliteEventStore old = StoreTests.Open(folder, new StorageOptions { SchemaVersionMax = schema }))
        {
            await FillAsync(old);
        }

        foreach ((_, string sql) in s_rows.Where(row => row.Since <= schema))
        {
            StoreTests.Sql(folder, sql);
        }

        Dictionary<string, List<string>> before = Dump(folder);
        Assert.All(before, static table => Assert.True(table.Value.Count > 0, $"{table.Key} is empty."));

        await StoreTests.Open(folder).DisposeAsync();

        Assert.Equal((long)StoreSchema.Version, StoreTests.Sql(folder, "PRAGMA user_version"));
        Dictionary<string, List<string>> after = Dump(folder);
        foreach ((string table, List<string> rows) in before)
        {
            Assert.True(rows.SequenceEqual(after[table]), table);
        }

        Assert.NotEmpty(after["author_use"]);
        Assert.Equal(0L, StoreTests.Sql(folder, """
            SELECT COUNT(*) FROM (SELECT e.author, SUM(LENGTH(b.bytes)) AS bytes FROM event e JOIN block b ON b.id = e.block GROUP BY e.author) s
            LEFT JOIN author_use u ON u.author = s.author WHERE u.bytes IS NOT s.bytes
            """));
        Assert.Equal(StoreTests.Sql(folder, "SELECT COUNT(DISTINCT author) FROM event"), StoreTests.Sql(folder, "SELECT COUNT(*) FROM author_use"));
    }

    // Own events, those of a chain of somebody else one of which is missing, and both events of a fork.
    private static async Task FillAsync(SqliteEventStore store)
    {
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
        for (int i = 0; i < 5; i++)
        {
            await replica.AppendEventAsync(new EventDraft { Type = "note" });
        }

        List<Event> chain = await StoreTests.ChainAsync(4, RecordedRun.Document);
        await replica.InsertPackAsync([chain[0].Bytes, chain[1].Bytes, chain[3].Bytes]);
        Assert.Equal(1, replica.Status.PendingCount);
        await using MemoryEventStore forker = new(new Core.Runtime.SeededChance(5));
        for (ulong at = 1; at <= 2; at++)
        {
            AppendContext context = new(RecordedRun.Document.Cid, forker.Signer!.Author, 1, default, [], 1);
            await replica.InsertEventAsync(EventCodec.Sign(context, new EventDraft { Type = "note" }, at, forker.Signer, out _)!);
        }

        Assert.Single(replica.Status.Forks);
    }

    // All tables but the one that every opening writes to.
    private static Dictionary<string, List<string>> Dump(TempFolder folder)
    {
        using SqliteConnection connection = StoreSchema.Connect(Path.Combine(folder.Path, SqliteEventStore.FileName), SqliteOpenMode.ReadOnly);
        connection.Open();
        return Read(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'meta' ORDER BY name")
            .ToDictionary(static name => name, name => Read(connection, $"SELECT * FROM {name}").Order(StringComparer.Ordinal).ToList());
    }

    private static List<string> Read(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // names of tables
        command.CommandText = sql;
#pragma warning restore CA2100
        using SqliteDataReader reader = command.ExecuteReader();
        List<string> rows = [];
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i) is byte[] bytes ? Convert.ToHexString(bytes) : $"{reader.GetValue(i)}")));
        }

        return rows;
    }
}
