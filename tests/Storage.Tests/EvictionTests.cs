using Microsoft.Data.Sqlite;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Storage.Eviction;
using P2P.Storage.Tests.Disk;

namespace P2P.Storage.Tests;

/// <summary>Near its quota a store drops what can be fetched again, in order, and nothing else, whatever happens meanwhile.</summary>
public sealed class EvictionTests
{
    [Fact]
    public async Task What_nobody_needs_goes_first_then_what_others_have_and_nothing_else_ever()
    {
        using TempFolder folder = new();
        IReadOnlyList<Cid> kept;
        await using (Larder larder = await Larder.OpenAsync(folder))
        {
            await larder.FillAsync();
            kept = larder.Kept;
            EvictionPlan plan = await larder.Store.Eviction.SurveyAsync();
            Assert.Equal(larder.Unneeded.Concat(larder.Payloads), plan.Candidates.Select(static c => c.Cid));
            Assert.Equal(larder.Unneeded, plan.Candidates.Where(static c => c.Class == EvictionClass.Unneeded).Select(static c => c.Cid));

            IReadOnlyList<EvictionCandidate> two = EvictionPolicy.Choose(plan.Candidates, Larder.BlockBytes + 1);
            Assert.Equal(larder.Unneeded.Take(2), two.Select(static c => c.Cid)); // the two that were stored first
            Assert.Equal(new StoreEvicted(2, 2 * Larder.BlockBytes, false), await larder.Store.Eviction.EvictAsync(plan, two));
            Assert.Equal(new StoreEvicted(0, 0, false), await larder.Store.Eviction.EvictAsync(plan, two)); // gone already

            long before = larder.Store.Eviction.UsedBytes;
            StoreEvicted rest = await larder.Store.Eviction.EvictAsync(plan, plan.Candidates);
            Assert.Equal(plan.Candidates.Count - 2, rest.Blocks);
            Assert.InRange(before - larder.Store.Eviction.UsedBytes, rest.Bytes / 2, long.MaxValue);
            Assert.Empty((await larder.Store.Eviction.SurveyAsync()).Candidates);
            foreach (Cid gone in larder.Unneeded.Concat(larder.Payloads))
            {
                Assert.False(await larder.Store.Blocks.HasAsync(gone, default));
            }

            Assert.Equal(larder.Unneeded[0], await larder.PutAsync(0)); // fetched again, it is there again
            Assert.True(await larder.Store.Blocks.HasAsync(larder.Unneeded[0], default));
        }

        await Larder.AssertKeptAsync(folder, kept);
    }

    [Fact]
    public async Task A_pinned_document_keeps_what_events_of_others_link_to()
    {
        using TempFolder folder = new();
        await using Larder larder = await Larder.OpenAsync(folder);
        await larder.FillAsync();
        await larder.Store.Blocks.PinAsync(RecordedRun.Document.Cid, default);

        await larder.EvictAllAsync();

        foreach (Cid payload in larder.Payloads)
        {
            Assert.True(await larder.Store.Blocks.HasAsync(payload, default));
        }

        await larder.Store.Blocks.UnpinAsync(RecordedRun.Document.Cid, default);
        Assert.Equal(larder.Payloads.Count, (await larder.EvictAllAsync()).Blocks);
    }

    [Fact]
    public async Task The_newest_snapshot_of_somebody_else_stays_and_those_before_it_may_go()
    {
        using TempFolder folder = new();
        using TempFolder elsewhere = new();
        await using Larder larder = await Larder.OpenAsync(folder);
        List<Cid> data = [];
        await using (Typist typist = await Typist.OpenAsync(elsewhere))
        {
            for (int i = 0; i < 3; i++)
            {
                await typist.TypeAsync(20);
                Event snapshot = await typist.SnapshotAsync();
                data.Add(CompactionTests.DataOf(snapshot));
                await larder.Store.Blocks.PutAsync(new Block(data[^1], (await typist.Store.GetBlockAsync(data[^1], default))!.Value), default);
            }

            await larder.Replica.InsertPackAsync([.. (await typist.Replica.ViewAtAsync(typist.Replica.Status.Heads)).Select(static e => e.Bytes)]);
        }

        larder.Store.Eviction.Tick(TimeSpan.Zero);
        Assert.Equal(data.Take(2), (await larder.Store.Eviction.SurveyAsync()).Candidates.Select(static c => c.Cid));

        // Events that are read from it keep it, however old: compacted by the first, the first stays too.
        await Compactor.RunAsync(larder.Replica, new CompactionOptions { WithoutPeers = true, Snapshot = await SnapshotOfAsync(larder.Replica, data[0]) });
        Assert.Equal([data[1]], (await larder.Store.Eviction.SurveyAsync()).Candidates.Select(static c => c.Cid));
        await larder.EvictAllAsync();
        IReadOnlyList<Event> all = await larder.Replica.ViewAtAsync(larder.Replica.Status.Heads);
        Assert.Equal(63, all.Count);
        await CompactionTests.AssertReadsAsync(larder.Replica, [.. all.Where(static e => e.Type == "seq")]);
    }

    [Fact]
    public async Task Own_events_stay_whole_when_a_compaction_is_told_to_keep_them()
    {
        using TempFolder folder = new();
        await using Typist typist = await Typist.OpenAsync(folder);
        await typist.TypeAsync(10);
        await using MemoryEventStore elsewhere = new(new SeededChance(9));
        await using Replica other = await Typist.ReplicaOf(elsewhere);
        List<Event> theirs = [];
        for (int i = 0; i < 5; i++)
        {
            theirs.Add(await other.AppendEventAsync(new EventDraft { Type = "note" }));
        }

        await typist.Replica.InsertPackAsync([.. theirs.Select(static e => e.Bytes)]);
        await typist.Replica.AppendEventAsync(new EventDraft { Type = "merge" });
        await typist.SnapshotAsync();

        Assert.Equal(4, (await typist.CompactAsync(new CompactionOptions { WithoutPeers = true, KeepsOwn = true })).Events); // but for the newest of the other
        Assert.True((await typist.CompactAsync()).Events >= 9);
    }

    [Fact]
    public async Task Nothing_is_compacted_by_a_snapshot_whose_data_went_since_it_was_read()
    {
        using TempFolder folder = new();
        await using Typist typist = await Typist.OpenAsync(folder);
        List<Event> typed = await typist.TypeAsync(10);
        Event snapshot = await typist.SnapshotAsync();
        StoreTests.Sql(folder, $"DELETE FROM block WHERE cid = x'{Convert.ToHexString(CompactionTests.DataOf(snapshot).Bytes)}'");

        StoreCompacted gone = await typist.Store.CompactAsync(
            new StoreCompaction { Document = RecordedRun.Document.Cid, Snapshot = snapshot.Cid, Events = [.. typed.Take(5).Select(static e => e.Cid)] }, default);

        Assert.Equal(0, gone.Events);
        await CompactionTests.AssertReadsAsync(typist.Replica, typed);
    }

    [Fact]
    public async Task What_was_stored_a_moment_ago_or_while_somebody_adds_stays_and_so_does_what_is_stored_again()
    {
        using TempFolder folder = new();
        await using (Larder before = await Larder.OpenAsync(folder))
        {
            await before.PutAsync(1);
            await before.PutAsync(2);
            await before.PutAsync(3);
        }

        await using Larder larder = await Larder.OpenAsync(folder, Larder.Options with { EvictAge = TimeSpan.FromMinutes(10) });
        StoreEviction eviction = larder.Store.Eviction;
        Assert.Equal(3, (await eviction.SurveyAsync()).Candidates.Count); // of before the start
        Cid again = await larder.PutAsync(2);
        Cid young = await larder.PutAsync(4);
        Assert.Equal([Cid.ForRaw(Larder.Data(1)), Cid.ForRaw(Larder.Data(3))], (await eviction.SurveyAsync()).Candidates.Select(static c => c.Cid));

        eviction.Tick(TimeSpan.FromMinutes(1));
        eviction.Tick(TimeSpan.FromMinutes(10));
        Assert.Equal(2, (await eviction.SurveyAsync()).Candidates.Count);
        eviction.Tick(TimeSpan.FromMinutes(11));
        Assert.Equal(4, (await eviction.SurveyAsync()).Candidates.Count);

        IDisposable adding = eviction.Hold();
        await larder.PutAsync(1);
        await larder.PutAsync(1); // a file of one block a thousand times: renewed once
        await larder.PutAsync(5);
        eviction.Tick(TimeSpan.FromHours(1));
        eviction.Tick(TimeSpan.FromHours(2));
        Assert.Equal([Cid.ForRaw(Larder.Data(3)), again, young], (await eviction.SurveyAsync()).Candidates.Select(static c => c.Cid));
        adding.Dispose();
        adding.Dispose();
        Assert.Equal(5, (await eviction.SurveyAsync()).Candidates.Count);
    }

    [Theory]
    [InlineData("pin")]
    [InlineData("event")]
    [InlineData("list")]
    [InlineData("compaction")]
    [InlineData("survey")]
    public async Task A_plan_ends_when_something_comes_that_needs_a_block_of_it(string what)
    {
        using TempFolder folder = new();
        await using Larder larder = await Larder.OpenAsync(folder);
        await larder.FillAsync();
        (Cid file, Cid[] parts) = await larder.PutFileAsync(5_000);
        larder.Store.Eviction.Tick(TimeSpan.Zero);
        EvictionPlan plan = await larder.Store.Eviction.SurveyAsync();
        Cid needed = what == "list" ? parts[0] : larder.Unneeded[0];

        await (what switch
        {
            "pin" => larder.Store.Blocks.PinAsync(needed, default).AsTask(),
            "event" => larder.Replica.AppendEventAsync(new EventDraft { Type = "file", Body = CompactionTests.LinkBody(needed) }),
            "list" => larder.Replica.AppendEventAsync(new EventDraft { Type = "file", Body = CompactionTests.LinkBody(file) }),
            "compaction" => larder.Store.CompactAsync(new StoreCompaction { Document = RecordedRun.Document.Cid, Snapshot = needed, Events = [] }, default).AsTask(),
            _ => larder.Store.Eviction.SurveyAsync(),
        });

        Assert.Equal(new StoreEvicted(0, 0, IsOutdated: true), await larder.Store.Eviction.EvictAsync(plan, plan.Candidates));
        Assert.True(await larder.Store.Blocks.HasAsync(needed, default));
        Assert.False((await larder.EvictAllAsync()).IsOutdated);
        Assert.Equal(what is not ("compaction" or "survey"), await larder.Store.Blocks.HasAsync(needed, default));
    }

    /// <summary>The harness of all these tests must see a store that looks at nothing when it drops the blocks of a plan; else they prove nothing.</summary>
    [Theory]
    [InlineData("pin")]
    [InlineData("event")]
    [InlineData("list")]
    public async Task The_harness_sees_that_a_store_without_its_guard_drops_what_somebody_came_to_need(string what)
    {
        using TempFolder folder = new();
        List<Cid> kept = [];
        await using (Larder larder = await Larder.OpenAsync(folder, Larder.Options with { EvictsUnguarded = true }))
        {
            await larder.FillAsync();
            (Cid file, Cid[] parts) = await larder.PutFileAsync(5_000);
            larder.Store.Eviction.Tick(TimeSpan.Zero);
            EvictionPlan plan = await larder.Store.Eviction.SurveyAsync();
            if (what == "pin")
            {
                await larder.Store.Blocks.PinAsync(file, default);
            }
            else
            {
                Cid link = what == "list" ? file : larder.Unneeded[0];
                kept.Add((await larder.Replica.AppendEventAsync(new EventDraft { Type = "file", Body = CompactionTests.LinkBody(link) })).Cid);
            }

            kept.AddRange(what == "event" ? larder.Unneeded.Take(1) : parts);
            Assert.False((await larder.Store.Eviction.EvictAsync(plan, plan.Candidates)).IsOutdated);
        }

        Exception caught = await Assert.ThrowsAnyAsync<Exception>(() => Larder.AssertKeptAsync(folder, kept));
        Assert.Contains("is gone", caught.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Typing_and_arriving_data_leave_a_plan_alone()
    {
        using TempFolder folder = new();
        await using Larder larder = await Larder.OpenAsync(folder);
        await larder.FillAsync();
        EvictionPlan plan = await larder.Store.Eviction.SurveyAsync();
        Cid fresh = await larder.PutAsync(7_000);
        Event typed = await larder.Replica.AppendEventAsync(new EventDraft { Type = "file", Body = CompactionTests.LinkBody(fresh) });
        Cid stored = await larder.PutAsync(0); // one of the plan

        StoreEvicted evicted = await larder.Store.Eviction.EvictAsync(plan, plan.Candidates);

        Assert.False(evicted.IsOutdated);
        Assert.Equal(plan.Candidates.Count - 1, evicted.Blocks);
        foreach (Cid stays in new[] { fresh, typed.Cid, stored })
        {
            Assert.True(await larder.Store.Blocks.HasAsync(stays, default));
        }
    }

    /// <summary>Limits, row T12: a quota is filled from outside ten times over. It holds, and its owner goes on writing.</summary>
    [Fact]
    public async Task Ten_times_the_quota_comes_in_and_the_store_stays_below_it()
    {
        const long quota = 2 << 20;
        using TempFolder folder = new();
        int pressed = 0;
        await using Larder larder = await Larder.OpenAsync(folder, Larder.Options with { QuotaBytes = quota });
        StoreEviction eviction = larder.Store.Eviction;
        eviction.Pressed = () => pressed++;
        Cid own = await larder.PutAsync(9_000);
        await larder.Store.Blocks.PinAsync(own, default);
        byte[] data = new byte[20_000];
        SeededChance chance = new(Scale.Seed);
        int refused = 0;
        for (long sum = 0; sum < 10 * quota; sum += data.Length)
        {
            chance.Fill(data);
            eviction.Tick(TimeSpan.Zero);
            if (eviction.BytesToFree is long free and > 0)
            {
                Assert.True(pressed > 0);
                EvictionPlan plan = await eviction.SurveyAsync();
                await eviction.EvictAsync(plan, EvictionPolicy.Choose(plan.Candidates, free));
                Assert.Equal(0, eviction.BytesToFree);
                Assert.InRange(eviction.UsedBytes, quota / 2, quota * 85 / 100); // down to 80 %, and no more than that
            }

            try
            {
                await larder.Store.Blocks.PutAsync(new Block(Cid.ForRaw(data), data), default);
            }
            catch (BlockStoreException)
            {
                refused++;
            }

            Assert.InRange(eviction.UsedBytes, 0, quota + data.Length);
        }

        Assert.Equal(0, refused);
        await larder.Replica.AppendEventAsync(new EventDraft { Type = "note" });
        Assert.True(await larder.Store.Blocks.HasAsync(own, default));
    }

    [Theory]
    [InlineData(100, 1_000, 90, 0)]
    [InlineData(899, 1_000, 90, 0)]
    [InlineData(900, 1_000, 90, 100)]
    [InlineData(1_500, 1_000, 90, 700)]
    [InlineData(1_500, 1_000, 0, 0)]
    [InlineData(60, 1_000, 5, 60)]
    [InlineData(long.MaxValue, long.MaxValue, 100, (long.MaxValue / 100 * 10) + 7)]
    public void Room_is_made_from_a_share_of_the_quota_down_to_a_tenth_less(long used, long quota, int at, long expected) =>
        Assert.Equal(expected, EvictionPolicy.BytesToFree(used, quota, at));

    [Fact]
    public async Task Whatever_call_fails_while_blocks_are_evicted_nothing_that_must_stay_goes()
    {
        using TempFolder whole = new();
        IReadOnlyList<Cid> kept;
        await using (Larder larder = await Larder.OpenAsync(whole))
        {
            await larder.FillAsync();
            kept = larder.Kept;
        }

        int failures = 0;
        int calls = 0;
        for (int failing = 0; failing <= calls; failing++) // the first only counts the calls
        {
            using TempFolder folder = whole.Copy();
            int left = int.MaxValue;
            int made = 0;
            StorageOptions failsOnce = Larder.Options with
            {
                OnIo = () =>
                {
                    made++;
                    if (--left == 0)
                    {
                        throw new SqliteException("The test says so.", 10, 10);
                    }
                },
            };
            await using (Larder larder = await Larder.OpenAsync(folder, failsOnce))
            {
                (left, made) = (failing, 0);
                try
                {
                    await larder.EvictAllAsync();
                }
                catch (StoreException failed)
                {
                    failures++;
                    Assert.Equal(StoreError.Io, failed.Error);
                }

                calls = Math.Max(calls, made);
            }

            await Larder.AssertKeptAsync(folder, kept);
            await using Larder again = await Larder.OpenAsync(folder);
            await again.EvictAllAsync();
            Assert.Empty((await again.Store.Eviction.SurveyAsync()).Candidates); // what a failure cut off is finished later
        }

        Assert.True(calls > 15 && failures == calls, $"{failures} of {calls} calls failed.");
    }

    [Fact]
    public async Task On_a_full_disk_room_is_made_all_the_same()
    {
        using TempFolder folder = new();
        long free = long.MaxValue;
        await using Larder larder = await Larder.OpenAsync(folder, Larder.Options with { Disk = _ => (free, 0), OwnReserveBytes = 32 << 20 });
        await larder.FillAsync();
        free = 0;
        Assert.Equal(larder.Unneeded.Count + larder.Payloads.Count, (await larder.EvictAllAsync()).Blocks);
    }

    private static async Task<Cid> SnapshotOfAsync(Replica replica, Cid data) =>
        (await replica.ViewAtAsync(replica.Status.Heads)).Single(e => e.Type == "snap" && CompactionTests.DataOf(e) == data).Cid;
}
