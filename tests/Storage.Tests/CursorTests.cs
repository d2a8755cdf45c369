using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Tests.Disk;

namespace P2P.Storage.Tests;

/// <summary>A cursor leads to the place it was given for, or is refused: whatever rotted, was erased or repaired in between.</summary>
public sealed class CursorTests
{
    [Fact]
    public async Task A_rotten_block_makes_cursors_refused_while_events_have_other_numbers_and_good_again_when_it_is_healed()
    {
        using TempFolder folder = TempFolder.InMemory();
        List<Event> left = await ChainAsync(1, 20);
        List<Event> right = await ChainAsync(2, 60);
        HashSet<Cid> paged = [];
        HashSet<Cid> followed = [];
        QueryCursor? page;
        ChangeCursor change;
        await using (SqliteEventStore store = StoreTests.Open(folder))
        await using (Replica replica = await OpenAsync(store))
        {
            await replica.InsertPackAsync([.. left.Zip(right).SelectMany(static p => new[] { p.First.Bytes, p.Second.Bytes })]);
            page = await PageAsync(replica, null, paged);
            change = await FollowAsync(replica, default, 40, followed);
            await replica.InsertPackAsync([.. right.Skip(20).Select(static e => e.Bytes)]); // neither reader sees them before the rot
        }

        Rot(folder, left[5]);
        QueryCursor? between;
        ChangeCursor changeBetween;
        await using (SqliteEventStore store = StoreTests.Open(folder))
        await using (Replica replica = await OpenAsync(store))
        {
            Assert.Equal(65, replica.Status.AppliedCount); // more than both cursors have passed: only the epoch can tell
            await Assert.ThrowsAsync<InvalidCursorException>(() => PageAsync(replica, page, []));
            await Assert.ThrowsAsync<InvalidCursorException>(() => FollowAsync(replica, change, 1, []));
            between = await PageAsync(replica, null, []);
            changeBetween = await FollowAsync(replica, default, 65, []);
            await replica.InsertEventAsync(left[5]);
            Assert.Equal(80, replica.Status.AppliedCount);
            HashSet<Cid> healed = [];
            between = await PageAsync(replica, between, healed);
            Assert.Equal(left.Skip(5).Select(static e => e.Cid).Order(), healed.Order()); // within one run all goes on
        }

        await using SqliteEventStore last = StoreTests.Open(folder);
        await using Replica whole = await OpenAsync(last);
        await Assert.ThrowsAsync<InvalidCursorException>(() => PageAsync(whole, between, []));
        await Assert.ThrowsAsync<InvalidCursorException>(() => FollowAsync(whole, changeBetween, 1, []));
        await PageAsync(whole, page, paged);
        await FollowAsync(whole, change, 40, followed);
        Assert.Equal(80, paged.Count);
        Assert.Equal(80, followed.Count);
    }

    [Fact]
    public async Task A_document_that_was_erased_and_comes_again_refuses_cursors_of_before_and_keeps_its_new_ones_over_a_restart()
    {
        using TempFolder folder = TempFolder.InMemory();
        List<Event> chain = await ChainAsync(1, 6);
        QueryCursor? before;
        QueryCursor? since;
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            await using (Replica replica = await OpenAsync(store))
            {
                await replica.InsertPackAsync([.. chain.Take(2).Select(static e => e.Bytes)]);
                before = await PageAsync(replica, null, []);
            }

            await store.EraseAsync(RecordedRun.Document.Cid, default);
            await using Replica anew = await OpenAsync(store);
            await anew.InsertPackAsync([.. chain.Take(4).Select(static e => e.Bytes)]);
            await Assert.ThrowsAsync<InvalidCursorException>(() => PageAsync(anew, before, []));
            since = await PageAsync(anew, null, []);
        }

        await using SqliteEventStore again = StoreTests.Open(folder);
        await using Replica reopened = await OpenAsync(again);
        await reopened.InsertPackAsync([.. chain.Skip(4).Select(static e => e.Bytes)]);
        HashSet<Cid> rest = [];
        await PageAsync(reopened, since, rest);
        Assert.Equal(chain.Skip(4).Select(static e => e.Cid).Order(), rest.Order());
        await Assert.ThrowsAsync<InvalidCursorException>(() => PageAsync(reopened, before, []));
    }

    [Fact]
    public async Task A_repair_that_takes_rows_out_of_the_log_ends_all_cursors_of_before()
    {
        using TempFolder folder = TempFolder.InMemory();
        List<Event> left = await ChainAsync(1, 3);
        List<Event> right = await ChainAsync(2, 6);
        QueryCursor? page;
        ulong epoch;
        await using (SqliteEventStore store = StoreTests.Open(folder))
        await using (Replica replica = await OpenAsync(store))
        {
            epoch = store.Epoch;
            await replica.InsertPackAsync([.. left.Concat(right).Select(static e => e.Bytes)]);
            page = await PageAsync(replica, null, []);
        }

        Run(folder, $"DELETE FROM block WHERE cid = x'{Convert.ToHexString(left[2].Cid.Bytes)}'; DELETE FROM meta WHERE key = 'clean'");
        await using SqliteEventStore repaired = StoreTests.Open(folder);
        await using Replica rest = await OpenAsync(repaired);

        Assert.NotEqual(epoch, repaired.Epoch);
        Assert.Equal(8, rest.Status.AppliedCount);
        await Assert.ThrowsAsync<InvalidCursorException>(() => PageAsync(rest, page, []));
    }

    private static async Task<QueryCursor?> PageAsync(Replica replica, QueryCursor? from, HashSet<Cid> seen)
    {
        EventPage page;
        do
        {
            page = await replica.QueryAsync(new EventQuery { After = from, Limit = 7 });
            seen.UnionWith(page.Events.Select(static e => e.Cid));
            from = page.Resume;
        }
        while (page.Next is not null);
        return from;
    }

    private static async Task<ChangeCursor> FollowAsync(Replica replica, ChangeCursor from, int count, HashSet<Cid> seen)
    {
        using CancellationTokenSource watchdog = new(TimeSpan.FromMinutes(2));
        await foreach (ReplicaChange change in replica.Changes(from, watchdog.Token))
        {
            seen.Add(change.Event.Cid);
            from = change.Cursor;
            if (--count == 0)
            {
                break;
            }
        }

        return from;
    }

    private static Task<Replica> OpenAsync(SqliteEventStore store) => Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });

    private static async Task<List<Event>> ChainAsync(ulong author, int count)
    {
        await using MemoryEventStore memory = new(new SeededChance(author));
        await using Replica writer = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = memory });
        List<Event> chain = [];
        for (int i = 0; i < count; i++)
        {
            chain.Add(await writer.AppendEventAsync(new EventDraft { Type = "note" }));
        }

        return chain;
    }

    private static void Rot(TempFolder folder, Event rotten) =>
        Run(folder, $"UPDATE block SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE cid = x'{Convert.ToHexString(rotten.Cid.Bytes)}'");

    private static void Run(TempFolder folder, string sql)
    {
        using SqliteConnection connection = StoreSchema.Connect(Path.Combine(folder.Path, SqliteEventStore.FileName), SqliteOpenMode.ReadWrite);
        connection.Open();
        StoreSchema.Execute(connection, sql);
    }
}
