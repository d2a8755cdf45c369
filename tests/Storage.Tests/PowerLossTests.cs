using System.Globalization;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Storage.Tests.Disk;
using Xunit.Abstractions;

namespace P2P.Storage.Tests;

/// <summary>
/// Everything the store does to its files is recorded; disks are built as a power loss could have left them at any moment; the real store opens them.
/// The same harness on weaker settings must find loss and damage, or it proves nothing.
/// </summary>
public sealed class PowerLossTests(ITestOutputHelper output)
{
    private const int StatesPerRun = 125;

    [Fact]
    public async Task No_power_loss_takes_an_acknowledged_event_or_breaks_the_store()
    {
        (int states, int losing, int broken, string? example) = await ReplayAsync(new StorageOptions(), Scale.Of(1_000, 10_000));
        Assert.True(losing == 0 && broken == 0, $"{losing} states lost something, {broken} were broken, of {states}: {example}");
    }

    [Fact]
    public async Task The_harness_sees_that_synchronous_NORMAL_loses_acknowledged_events()
    {
        (int states, int losing, int broken, string? example) = await ReplayAsync(new StorageOptions { SynchronousAs = "NORMAL" }, 60);
        Assert.True(losing > 0, $"None of {states} states lost anything: the harness is blind.");
        Assert.True(broken == 0, example); // NORMAL is still consistent: D7 rests on it
    }

    [Fact]
    public async Task The_harness_sees_that_synchronous_OFF_breaks_the_store()
    {
        (int states, int losing, int broken, _) = await ReplayAsync(new StorageOptions { SynchronousAs = "OFF" }, 60);
        Assert.True(broken > 0 && losing > 0, $"{losing} states lost something, {broken} were broken, of {states}: the harness is blind.");
    }

    [Fact]
    public async Task The_harness_sees_a_store_that_acknowledges_before_it_commits()
    {
        (int states, int losing, _, _) = await ReplayAsync(new StorageOptions(), 60, static store => new EagerStore(store));
        Assert.True(losing > 0, $"None of {states} states lost anything: the harness is blind.");
    }

    [Fact]
    public async Task Relaxed_durability_keeps_own_events_all_the_same()
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new();
        RecordingVfs.Attach(folder.Path, disk);
        await using (SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { Vfs = RecordingVfs.Name, Durability = Durability.Relaxed }))
        {
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
            for (int i = 0; i < 30; i++)
            {
                disk.Acknowledge((await replica.AppendEventAsync(new P2P.Crdt.Events.EventDraft { Type = "note" })).Cid.ToString());
            }
        }

        Tally tally = new();
        await BuildAsync(disk.Log, 60, Scale.Seed, tally);
        Assert.True(tally is { Losing: 0, Broken: 0 }, tally.Example);
    }

    [Fact]
    public async Task No_power_loss_during_a_migration_takes_anything()
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new();
        RecordingVfs.Attach(folder.Path, disk);
        int before = 0;
        foreach (int version in new[] { 1, StoreSchema.Version })
        {
            before = disk.Log.Count;
            await using SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { Vfs = RecordingVfs.Name, SchemaVersionMax = version });
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
            for (int i = 0; i < 10; i++)
            {
                disk.Acknowledge((await replica.AppendEventAsync(new P2P.Crdt.Events.EventDraft { Type = "note" })).Cid.ToString());
            }
        }

        Assert.Single(SchemaBackup.Beside(Path.Combine(folder.Path, SqliteEventStore.FileName)));
        Tally tally = new();
        await BuildAsync(disk.Log, Scale.Of(60, 1_000), Scale.Seed, tally, before);
        Assert.True(tally is { Losing: 0, Broken: 0 }, tally.Example);
    }

    [Fact]
    public async Task No_power_loss_during_a_compaction_takes_an_event_from_whoever_reads()
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new();
        RecordingVfs.Attach(folder.Path, disk);
        int before = 0;
        await using (Typist typist = await Typist.OpenAsync(folder, new StorageOptions { Vfs = RecordingVfs.Name, CheckpointBytes = 131_072 }))
        {
            for (int round = 0; round < 3; round++)
            {
                (await typist.TypeAsync(50)).ForEach(e => disk.Acknowledge(e.Cid.ToString()));
                before = round == 0 ? disk.Log.Count : before;
                (await typist.TypeAsync(10)).ForEach(e => disk.Acknowledge(e.Cid.ToString()));
                disk.Acknowledge((await typist.SnapshotAsync()).Cid.ToString());
                Assert.True((await typist.CompactAsync()).Events >= 59);
            }
        }

        Tally tally = new();
        await BuildAsync(disk.Log, Scale.Of(100, 2_000), Scale.Seed, tally, before);
        output.WriteLine($"seed {Scale.Seed}: {tally.States} states, {tally.Compacted} of them compacted, {tally.Losing} lost something, {tally.Broken} broken");
        Assert.True(tally is { Losing: 0, Broken: 0 }, tally.Example);
        Assert.True(tally.Compacted > 0, "No state was compacted: the moments are wrong.");
    }

    [Fact]
    public async Task No_power_loss_during_an_eviction_takes_what_must_stay()
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new();
        RecordingVfs.Attach(folder.Path, disk);
        int before = 0;
        long evicted = 0;
        await using (Larder larder = await Larder.OpenAsync(folder, Larder.Options with { Vfs = RecordingVfs.Name, CheckpointBytes = 65_536 }))
        {
            for (int round = 0; round < 3; round++)
            {
                int told = larder.Kept.Count;
                await larder.FillAsync(each: 20, from: round * 100);
                foreach (P2P.Core.Multiformats.Cid kept in larder.Kept.Skip(told))
                {
                    disk.Acknowledge(kept.ToString());
                }

                before = round == 0 ? disk.Log.Count : before;
                evicted += (await larder.EvictAllAsync()).Blocks;
            }
        }

        Tally tally = new();
        await BuildAsync(disk.Log, Scale.Of(100, 2_000), Scale.Seed, tally, before);
        output.WriteLine($"seed {Scale.Seed}: {evicted} blocks evicted, {tally.States} states, {tally.Losing} lost something, {tally.Broken} broken");
        Assert.Equal(3 * 20 * 4, evicted);
        Assert.True(tally is { Losing: 0, Broken: 0 }, tally.Example);
    }

    private async Task<(int States, int Losing, int Broken, string? Example)> ReplayAsync(
        StorageOptions options, int states, Func<IEventStore, IEventStore>? wrap = null)
    {
        Tally tally = new();
        for (ulong run = 0; tally.States < states; run++)
        {
            ulong seed = Scale.Seed + run;
            await BuildAsync(await RecordedRun.RecordAsync(seed, options, wrap), Math.Min(StatesPerRun, states - tally.States), seed, tally);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"seed {Scale.Seed}: {tally.States} states, {tally.Losing} lost something (at most {tally.MostLost}), {tally.Broken} broken; {tally.Example}"));
        return (tally.States, tally.Losing, tally.Broken, tally.Example);
    }

    private static async Task BuildAsync(IReadOnlyList<DiskOperation> log, int states, ulong seed, Tally tally, int from = 0)
    {
        SeededChance chance = new(seed ^ 0x5eed);
        DiskReplay replay = new(log);
        using TempFolder folder = TempFolder.InMemory();
        foreach (int moment in Enumerable.Range(0, states).Select(_ => from + chance.Below(log.Count - from) + 1).Order())
        {
            replay.AdvanceTo(moment);
            folder.Empty();
            replay.WriteDisk(folder.Path, chance);
            tally.Count(await DiskVerdict.OfAsync(folder, replay.Acknowledged, RecordedRun.Document), $"seed {seed}, operation {moment}");
        }
    }

    private sealed class Tally
    {
        public int States { get; private set; }

        public int Losing { get; private set; }

        public int MostLost { get; private set; }

        public int Broken { get; private set; }

        public int Compacted { get; private set; }

        public string? Example { get; private set; }

        public void Count(DiskVerdict verdict, string where)
        {
            States++;
            Compacted += verdict.Dropped > 0 ? 1 : 0;
            Losing += verdict.Lost > 0 ? 1 : 0;
            MostLost = Math.Max(MostLost, verdict.Lost);
            Broken += verdict.Broken is null ? 0 : 1;
            if (verdict.Lost > 0 || verdict.Broken is not null)
            {
                Example ??= $"{where}: {verdict.Lost} lost, {verdict.Broken ?? "sound"}";
            }
        }
    }
}
