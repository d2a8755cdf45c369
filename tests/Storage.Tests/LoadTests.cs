using Microsoft.Data.Sqlite;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;

namespace P2P.Storage.Tests;

/// <summary>What is read of a document: all of it, in the order it was applied, however long it is and whatever stands between.</summary>
public sealed class LoadTests
{
    private const int BatchEvents = 250;

    [Theory]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(4_700)]
    public async Task A_long_document_and_a_short_one_between_it_are_read_in_the_order_in_which_they_were_applied(int length)
    {
        using TempFolder folder = new();
        Genesis longer = Genesis.Create("test", "long"), shorter = Genesis.Create("test", "short");
        Event[] many = Write(longer, length), few = Write(shorter, 600);
        Event[] waiting = Write(longer, 700, author: 2);
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.Empty(await LoadAsync(store, longer));
            Assert.Empty(await LoadAsync(store, shorter));
            for (int from = 0; from < length; from += BatchEvents)
            {
                await store.CommitAsync(new StoreBatch { Document = longer.Cid, Applied = [.. many.Skip(from).Take(BatchEvents)] }, default);
                await store.CommitAsync(new StoreBatch { Document = shorter.Cid, Applied = [.. few.Skip(from).Take(BatchEvents)] }, default);
            }

            await store.CommitAsync(new StoreBatch { Document = longer.Cid, Held = waiting }, default);
            Assert.Equal([.. Names(many, applied: true), .. Names(waiting, applied: false)], await LoadAsync(store, longer));
            Assert.Equal(Names(few, applied: true), await LoadAsync(store, shorter));
        }

        using StoreReader reader = StoreReader.Open(folder.Path)!;
        Assert.Equal(many.Concat(waiting).Select(static e => e.Cid), await ReadAsync(reader, longer));
        Assert.Equal(few.Select(static e => e.Cid), await ReadAsync(reader, shorter));
    }

    /// <summary>A row whose block is gone once ended the reading at the end of its page: all that came later was missing without a word.</summary>
    [Theory]
    [InlineData("DELETE FROM block WHERE cid = (SELECT b.cid FROM log l JOIN block b ON b.id = l.block ORDER BY l.pos LIMIT 1 OFFSET 100)")]
    [InlineData("UPDATE log SET block = 999999 WHERE pos = (SELECT pos FROM log ORDER BY pos LIMIT 1 OFFSET 100)")]
    [InlineData("UPDATE block SET cid = x'00' WHERE id = (SELECT block FROM log ORDER BY pos LIMIT 1 OFFSET 100)")]
    public async Task A_row_of_the_log_that_leads_nowhere_is_counted_and_named_and_what_comes_behind_it_is_read(string damage)
    {
        using TempFolder folder = new();
        Genesis document = Genesis.Create("test", "dangling");
        Event[] events = Write(document, 1_300);
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.Empty(await LoadAsync(store, document));
            await store.CommitAsync(new StoreBatch { Document = document.Cid, Applied = events, Heads = [events[^1].Cid] }, default);
        }

        StoreTests.Sql(folder, damage);
        Event[] left = [.. events.Where((_, i) => i != 100)];
        using (StoreReader reader = StoreReader.Open(folder.Path)!)
        {
            Assert.Equal(left.Select(static e => e.Cid), await ReadAsync(reader, document));
        }

        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.Equal(Names(left, applied: true), await LoadAsync(store, document));
            Assert.Equal(1, store.CorruptBlocks);
        }

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        StoreReport report = await inspector.VerifyAsync(default);
        Assert.Contains(report.Problems, static p => p.Kind == StoreProblemKind.EventRow && p.Text.Contains("the log names a block", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("UPDATE held SET block = 999999 WHERE block = (SELECT MIN(block) FROM held)", StoreProblemKind.EventRow)]
    [InlineData("UPDATE head SET block = 999999", StoreProblemKind.Heads)]
    public async Task A_row_of_the_waiting_room_or_a_head_that_leads_nowhere_is_named(string damage, StoreProblemKind kind)
    {
        using TempFolder folder = new();
        Genesis document = Genesis.Create("test", "dangling");
        Event[] events = Write(document, 5);
        Event[] waiting = Write(document, 600, author: 2);
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.Empty(await LoadAsync(store, document));
            await store.CommitAsync(new StoreBatch { Document = document.Cid, Applied = events, Held = waiting, Heads = [events[^1].Cid] }, default);
        }

        StoreTests.Sql(folder, damage);
        using (StoreReader reader = StoreReader.Open(folder.Path)!)
        {
            Assert.Equal(605 - (kind == StoreProblemKind.EventRow ? 1 : 0), (await ReadAsync(reader, document)).Count);
        }

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        Assert.Contains((await inspector.VerifyAsync(default)).Problems, p => p.Kind == kind && p.Text.Contains("which is not there", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_is_found_by_the_index_and_neither_sorted_nor_walked_for()
    {
        using TempFolder folder = new();
        await (StoreTests.Open(folder)).DisposeAsync();
        using SqliteConnection connection = StoreSchema.Connect(Path.Combine(folder.Path, SqliteEventStore.FileName), SqliteOpenMode.ReadOnly);
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + StoreReaders.LogPageSql;
        command.Parameters.AddWithValue("$a", Array.Empty<byte>());
        command.Parameters.AddWithValue("$after", 0);
        command.Parameters.AddWithValue("$limit", 1);
        using SqliteDataReader reader = command.ExecuteReader();
        List<string> plan = [];
        while (reader.Read())
        {
            plan.Add(reader.GetString(3));
        }

        Assert.Contains(plan, static step => step.Contains("USING INDEX log_doc (doc=? AND rowid>?)", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, static step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    private static IEnumerable<(Cid Name, bool IsApplied)> Names(Event[] events, bool applied) => events.Select(e => (e.Cid, applied));

    private static async Task<List<(Cid Name, bool IsApplied)>> LoadAsync(SqliteEventStore store, Genesis document)
    {
        List<(Cid, bool)> loaded = [];
        await foreach (StoredBlock block in store.LoadAsync(document, default))
        {
            loaded.Add((block.Cid, block.IsApplied));
        }

        return loaded;
    }

    private static async Task<List<Cid>> ReadAsync(StoreReader reader, Genesis document)
    {
        List<Cid> read = [];
        await foreach (ReadOnlyMemory<byte> block in reader.ReadEventsAsync(document.Cid, default))
        {
            read.Add(Cid.ForDagCbor(block.Span));
        }

        return read;
    }

    private static Event[] Write(Genesis document, int count, ulong author = 1)
    {
        KeySigner signer = new(PrivateKey.Generate(KeyType.Ed25519, new SeededChance(author)));
        Event[] events = new Event[count];
        for (int i = 0; i < count; i++)
        {
            AppendContext context = new(document.Cid, signer.Author, (ulong)i + 1, i == 0 ? default : events[i - 1].Cid, [], (ulong)i + 1);
            events[i] = EventCodec.Sign(context, new EventDraft { Type = "note" }, 0, signer, out _)!;
        }

        return events;
    }
}
