using System.Globalization;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Tests.Disk;
using Xunit.Abstractions;

namespace P2P.Storage.Tests;

/// <summary>The disk refuses a call, once or from then on: no false acknowledgement, no hang, and the store opens again. Durability, sections 1 and 4.</summary>
public sealed class DiskErrorTests(ITestOutputHelper output)
{
    private static readonly DiskCall[] s_kinds = [DiskCall.Write, DiskCall.Sync, DiskCall.Truncate, DiskCall.Open, DiskCall.Read, DiskCall.Delete];
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Fact]
    public async Task Whatever_call_the_disk_refuses_nothing_acknowledged_is_lost()
    {
        SeededChance chance = new(Scale.Seed);
        int runs = Scale.Of(50, 800);
        int met = 0;
        for (int run = 0; run < runs; run++)
        {
            DiskCall kind = s_kinds[run % s_kinds.Length];
            int nth = 1 + (kind is DiskCall.Write or DiskCall.Sync or DiskCall.Read ? chance.Below(200) : chance.Below(8));
            bool forEver = chance.Below(2) == 0;
            met += await RunAsync(kind, nth, forEver) ? 1 : 0;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {Scale.Seed}: {runs} runs, {met} met the refusal"));
        Assert.True(met > runs / 3, $"Only {met} of {runs} runs met the refusal.");
    }

    [Fact]
    public async Task After_a_sync_that_failed_once_nothing_is_acknowledged_any_more_although_the_disk_is_well_again()
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new() { Keeps = false };
        RecordingVfs.Attach(folder.Path, disk);
        await using SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { Vfs = RecordingVfs.Name });
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
        Event before = await replica.AppendEventAsync(s_note);
        disk.Fail(DiskCall.Sync, 1, forEver: false);

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(ReplicaError.StoreFailed, (await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note))).Error);
        }

        Assert.Equal(1, disk.Refused);
        Assert.NotNull(await store.GetBlockAsync(before.Cid, default)); // reads go on
    }

    [Fact]
    public async Task A_full_disk_fails_cleanly_and_writing_resumes_when_space_is_back()
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new() { Keeps = false };
        RecordingVfs.Attach(folder.Path, disk);
        SeededChance chance = new(Scale.Seed);
        List<Event> acknowledged = [];
        await using (SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { Vfs = RecordingVfs.Name }))
        {
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
            for (int cycle = 0; cycle < Scale.Of(5, 100); cycle++)
            {
                disk.LeaveBytes(20_000 + chance.Below(300_000));
                Assert.True(await FillAsync(replica, acknowledged), "The disk never was full.");
                Assert.NotNull(await store.GetBlockAsync(acknowledged[0].Cid, default));
                disk.LeaveBytes(long.MaxValue);
                acknowledged.Add(await replica.AppendEventAsync(s_note));
                Assert.Equal(StoreError.None, replica.Status.Fault);
                Assert.Empty(replica.Status.Forks);
            }
        }

        await AssertHeldAsync(folder, acknowledged);
    }

    [Fact]
    public async Task Others_are_refused_before_the_owner_is_and_both_resume_by_themselves()
    {
        using TempFolder folder = TempFolder.InMemory();
        long free = long.MaxValue;
        await using SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { Disk = _ => (free, 0) });
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
        List<Event> others = await StoreTests.ChainAsync(3, RecordedRun.Document);
        Assert.True(await replica.InsertEventAsync(others[0]));

        free = 100L << 20; // under the reserve for others
        Assert.Equal(EventVerdictKind.Busy, (await replica.InsertPackAsync([others[1].Bytes]))[0].Kind);
        await replica.AppendEventAsync(s_note);
        free = 10L << 20; // under the reserve for the owner too
        Assert.Equal(ReplicaError.StoreFailed, (await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note))).Error);
        free = long.MaxValue;

        await replica.AppendEventAsync(s_note);
        Assert.Equal(EventVerdictKind.Accepted, (await replica.InsertPackAsync([others[1].Bytes]))[0].Kind);
        Assert.Equal(4, replica.Status.AppliedCount);
    }

    [Fact]
    public async Task What_gives_space_back_is_done_on_a_full_disk_whatever_waits_beside_it()
    {
        using TempFolder folder = TempFolder.InMemory();
        long free = long.MaxValue;
        await using SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { Disk = _ => (free, 0) });
        Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
        await replica.AppendEventAsync(s_note);
        await replica.DisposeAsync();
        byte[] data = new byte[64 << 10];
        P2P.Core.Multiformats.Cid root = P2P.Core.Multiformats.Cid.ForRaw(data);
        await store.Blocks.PutAsync(new(root, data), default);
        await store.PinAsync(root, default);

        free = 10L << 20; // under the reserve for the owner too
        List<Task> refused = [];
        for (int i = 0; i < 20; i++)
        {
            refused.Add(store.PinAsync(P2P.Core.Multiformats.Cid.ForRaw([(byte)i]), default)); // one group with what follows
        }

        Task unpinned = store.UnpinAsync(root, default);
        Task left = store.LeaveAsync(RecordedRun.Document.Cid, default).AsTask();
        StoreErased erased = await store.EraseAsync(RecordedRun.Document.Cid, default);

        Assert.Equal(1, erased.Events);
        await unpinned;
        await left;
        foreach (Task pin in refused)
        {
            Assert.Equal(StoreError.DiskFull, (await Assert.ThrowsAsync<StoreException>(() => pin)).Error);
        }
    }

    [Fact]
    public async Task Beyond_the_quota_only_own_events_are_taken()
    {
        using TempFolder folder = TempFolder.InMemory();
        await using SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { QuotaBytes = 1 << 20 });
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
        P2P.Core.Blocks.BlockStoreException? refused = null;
        for (byte i = 0; i < 40 && refused is null; i++)
        {
            byte[] data = new byte[64 << 10];
            data[0] = i;
            refused = await Record.ExceptionAsync(async () => await store.Blocks.PutAsync(new(P2P.Core.Multiformats.Cid.ForRaw(data), data), default)) as P2P.Core.Blocks.BlockStoreException;
        }

        Assert.Equal(P2P.Core.Blocks.BlockStoreError.Full, refused!.Error);
        List<Event> others = await StoreTests.ChainAsync(1, RecordedRun.Document);
        Assert.Equal(EventVerdictKind.Busy, (await replica.InsertPackAsync([others[0].Bytes]))[0].Kind);
        Assert.Equal(1UL, (await replica.AppendEventAsync(s_note)).Sequence);
    }

    private static async Task<bool> FillAsync(Replica replica, List<Event> acknowledged)
    {
        for (int i = 0; i < 500; i++)
        {
            try
            {
                acknowledged.Add(await replica.AppendEventAsync(s_note));
            }
            catch (ReplicaException failed)
            {
                Assert.Equal(ReplicaError.StoreFailed, failed.Error);
                return true;
            }
        }

        return false;
    }

    private static async Task<bool> RunAsync(DiskCall kind, int nth, bool forEver)
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new() { Keeps = false };
        RecordingVfs.Attach(folder.Path, disk);
        disk.Fail(kind, nth, forEver);
        List<Event> acknowledged = [];
        try
        {
            await using SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { Vfs = RecordingVfs.Name, CheckpointBytes = 65_536 });
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
            for (int i = 0; i < 30; i++)
            {
                acknowledged.Add(await replica.AppendEventAsync(s_note));
            }
        }
        catch (Exception failed) when (failed is ReplicaException or StoreException)
        {
            Assert.True(disk.Refused > 0, $"{kind} {nth}: failed without a refusal: {failed}");
        }

        disk.Fail(DiskCall.None, 0, forEver: false);
        await AssertHeldAsync(folder, acknowledged);
        return disk.Refused > 0;
    }

    private static async Task AssertHeldAsync(TempFolder folder, List<Event> acknowledged)
    {
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
            Assert.Equal(acknowledged.Count, (await replica.GetEventsAsync([.. acknowledged.Select(static e => e.Cid)])).Count);
            Event next = await replica.AppendEventAsync(s_note);
            Assert.Empty(replica.Status.Forks);
            Assert.True(acknowledged.Count == 0 || next.Author.Span.SequenceEqual(acknowledged[0].Author.Span) == !store.AuthorRotated);
            Assert.True(store.AuthorRotated || next.Sequence > (ulong)acknowledged.Count);
        }

        StoreTests.AssertConsistent(folder);
    }
}
