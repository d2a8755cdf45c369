using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Tests.Disk;

namespace P2P.Storage.Tests;

/// <summary>What one remote author may take of the store.</summary>
public sealed class QuotaTests
{
    private const long Quota = 1L << 20;
    private static readonly StorageOptions s_small = new() { QuotaBytes = Quota, RemoteReserveBytes = 0, OwnReserveBytes = 0 };

    [Fact]
    public async Task An_author_at_his_share_waits_by_name_and_the_others_come_in()
    {
        using TempFolder folder = new();
        List<Event> greedy = await WriteAsync(1, 100, bodyBytes: 8_000);
        List<Event> modest = await WriteAsync(2, 10, bodyBytes: 100);
        await using SqliteEventStore store = StoreTests.Open(folder, s_small);
        await using Replica replica = await ReplicaOf(store);

        List<EventVerdict> verdicts = await InsertOneByOneAsync(replica, greedy);
        int taken = verdicts.Count(static v => v.Kind == EventVerdictKind.Accepted);
        long bytes = greedy.Take(taken).Sum(static e => (long)e.Bytes.Length);

        Assert.InRange(bytes, Quota / 4, (Quota / 4) + greedy[0].Bytes.Length);
        Assert.All(verdicts.Take(taken), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.All(verdicts.Skip(taken), static v => Assert.Equal((EventVerdictKind.Busy, BusyReason.AuthorShare), (v.Kind, v.Limit)));
        Assert.Equal(greedy.Count - taken, replica.Status.ShareRefusals);
        Assert.All(await InsertOneByOneAsync(replica, modest), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.Equal(StoreRoom.Everyone, store.Room); // it was the share, not the quota
        await replica.AppendEventAsync(new EventDraft { Type = "note" });
    }

    [Fact]
    public async Task The_share_is_known_after_a_restart_and_what_was_taken_is_loaded()
    {
        using TempFolder folder = new();
        List<Event> greedy = await WriteAsync(1, 100, bodyBytes: 8_000);
        int taken;
        await using (SqliteEventStore store = StoreTests.Open(folder, s_small))
        {
            await using Replica replica = await ReplicaOf(store);
            taken = (await InsertOneByOneAsync(replica, greedy)).Count(static v => v.Kind == EventVerdictKind.Accepted);
        }

        await using SqliteEventStore again = StoreTests.Open(folder, s_small);
        await using Replica reopened = await ReplicaOf(again);
        Assert.Equal(taken, reopened.Status.AppliedCount);
        Assert.Equal(BusyReason.AuthorShare, (await reopened.InsertBlockAsync(greedy[taken].Bytes)).Limit);
        await reopened.DisposeAsync();
        await again.DisposeAsync();

        // With a larger quota the rest comes in: nothing was decided for ever.
        await using SqliteEventStore larger = StoreTests.Open(folder, s_small with { QuotaBytes = Quota * 10 });
        await using Replica all = await ReplicaOf(larger);
        Assert.All(await InsertOneByOneAsync(all, greedy[taken..]), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
    }

    [Fact]
    public async Task Own_events_have_no_share()
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = StoreTests.Open(folder, s_small);
        await using Replica replica = await ReplicaOf(store);
        List<Event> written = [];
        for (int i = 0; i < 60; i++)
        {
            written.Add(await replica.AppendEventAsync(new EventDraft { Type = "note", Body = Body(8_000) }));
        }

        Assert.True(written.Sum(static e => (long)e.Bytes.Length) > Quota / 4);
        Assert.True(store.HasRoomFor(store.Signer!.Author.Span));
        await replica.DisposeAsync();
        await store.DisposeAsync();
        await using SqliteEventStore again = StoreTests.Open(folder, s_small);
        Assert.True(again.HasRoomFor(again.Signer!.Author.Span));
    }

    [Fact]
    public async Task What_waits_counts_and_what_is_given_up_does_not()
    {
        using TempFolder folder = new();
        List<Event> chain = await WriteAsync(1, 3, bodyBytes: 8_000);
        await using SqliteEventStore store = StoreTests.Open(folder, s_small);
        await using Replica replica = await ReplicaOf(store);
        await replica.InsertBlockAsync(chain[2].Bytes); // waits for the two before it
        Assert.Equal((long)chain[2].Bytes.Length, Used(folder));
        await replica.InsertPackAsync([chain[0].Bytes, chain[1].Bytes]);
        Assert.Equal(chain.Sum(static e => (long)e.Bytes.Length), Used(folder)); // applied, not counted again

        await store.CommitAsync(new StoreBatch { Document = RecordedRun.Document.Cid, Held = [(await WriteAsync(3, 1, 500))[0]] }, default);
        long with = Used(folder);
        await store.CommitAsync(new StoreBatch { Document = RecordedRun.Document.Cid, Dropped = [(await WriteAsync(3, 1, 500))[0].Cid] }, default);
        Assert.True(Used(folder) < with);
        Assert.Equal(chain.Sum(static e => (long)e.Bytes.Length), Used(folder));
    }

    private static long Used(TempFolder folder) => (long)StoreTests.Sql(folder, "SELECT SUM(bytes) FROM author_use")!;

    private static async Task<List<EventVerdict>> InsertOneByOneAsync(Replica replica, IReadOnlyList<Event> events)
    {
        List<EventVerdict> verdicts = [];
        foreach (Event next in events)
        {
            verdicts.Add(await replica.InsertBlockAsync(next.Bytes));
        }

        return verdicts;
    }

    private static async Task<List<Event>> WriteAsync(ulong seed, int count, int bodyBytes)
    {
        await using MemoryEventStore memory = new(new SeededChance(seed));
        await using Replica writer = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = memory });
        List<Event> events = [];
        for (int i = 0; i < count; i++)
        {
            events.Add(await writer.AppendEventAsync(new EventDraft { Type = "note", Body = Body(bodyBytes), At = 1 }));
        }

        return events;
    }

    private static byte[] Body(int bytes)
    {
        P2P.Core.Encoding.DagCborWriter writer = new(bytes + 16);
        writer.WriteMapStart(1);
        writer.WriteText("x"u8);
        writer.WriteBytes(new byte[bytes]);
        return writer.ToArray();
    }

    private static Task<Replica> ReplicaOf(SqliteEventStore store) =>
        Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
}
