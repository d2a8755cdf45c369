using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Storage.Tests;

/// <summary>What the tables say of a document that sleeps is what its replica would say.</summary>
public sealed class SketchTests
{
    private static readonly Genesis s_document = Genesis.Create("test", "sketched");
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(12)]
    public async Task A_sketch_from_the_tables_equals_the_one_from_the_events(int authors)
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = SqliteEventStore.Open(folder.Path, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
        DocumentSketch asked;
        await using (Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store }))
        {
            await replica.AppendEventAsync(s_note);
            for (int i = 0; i < authors; i++)
            {
                foreach (Event written in await WriteAsync(1 + (i % 3)))
                {
                    await replica.InsertBlockAsync(written.Bytes);
                }
            }

            Event[] orphan = await WriteAsync(2);
            EventVerdict held = await replica.InsertBlockAsync(orphan[1].Bytes);
            Assert.Equal(EventVerdictKind.Pending, held.Kind); // in the table, and not applied
            asked = await DocumentSketch.OfAsync(replica, default);
        }

        Assert.Equal([s_document.Cid], (await store.DocumentsAsync(default)).Select(static g => g.Cid));
        DocumentSketch? read = DocumentSketch.Of(s_document, (await store.TipsAsync(s_document.Cid, default))!);
        Assert.True(asked.Matches(read!));
    }

    [Fact]
    public async Task Where_a_fork_is_proven_or_writers_can_be_removed_the_tables_do_not_tell()
    {
        Genesis closed = Genesis.Create("test", "closed", [(await WriteAsync(1))[0].Author]);
        StoredTips tips = new([], [], 0, HasForks: false);
        Assert.NotNull(DocumentSketch.Of(s_document, tips));
        Assert.Null(DocumentSketch.Of(s_document, tips with { HasForks = true }));
        Assert.Null(DocumentSketch.Of(closed, tips));

        using TempFolder folder = new();
        await using SqliteEventStore store = SqliteEventStore.Open(folder.Path, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
        Assert.Null(await store.TipsAsync(closed.Cid, default)); // not held
        MemoryEventStore key = new(SystemChance.Instance);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });
        foreach (Event sibling in await Task.WhenAll(ForkAsync(key, "a"), ForkAsync(key, "b")))
        {
            await replica.InsertBlockAsync(sibling.Bytes);
        }

        Assert.True((await store.TipsAsync(s_document.Cid, default))!.HasForks);
    }

    // The same key in a store of its own each: two first events.
    private static async Task<Event> ForkAsync(MemoryEventStore key, string type)
    {
        await using MemoryEventStore store = new(SystemChance.Instance);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store, Signer = key.Signer });
        return await replica.AppendEventAsync(new EventDraft { Type = type });
    }

    private static async Task<Event[]> WriteAsync(int events)
    {
        await using MemoryEventStore store = new(SystemChance.Instance);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });
        List<Event> written = [];
        for (int i = 0; i < events; i++)
        {
            written.Add(await replica.AppendEventAsync(s_note));
        }

        return [.. written];
    }
}
