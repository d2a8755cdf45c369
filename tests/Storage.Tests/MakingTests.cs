using Microsoft.Data.Sqlite;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;
using P2P.Storage.Tests.Disk;

namespace P2P.Storage.Tests;

/// <summary>The making of a store: few waits for the disk, since a reader waits for it too, and whole or not at all.</summary>
public sealed class MakingTests
{
    [Fact]
    public async Task A_new_store_waits_three_times_for_the_disk()
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new() { Keeps = false };
        RecordingVfs.Attach(folder.Path, disk);
        await using SqliteEventStore store = StoreTests.Open(folder, new StorageOptions { Vfs = RecordingVfs.Name });

        // The page that says that there is a log, the head of the log, and all tables and values in one transaction. Below this seam the folder, beside
        // it the marker.
        Assert.Equal(3, disk.CallsOf(DiskCall.Sync));
        Assert.Equal(0, disk.CallsOf(DiskCall.Delete)); // no journal that could come back
        Assert.True(store.WasClean);
        Assert.False(store.AuthorRotated);
    }

    [Fact]
    public async Task Whenever_the_power_goes_while_a_store_is_made_it_can_be_made_again()
    {
        using TempFolder folder = TempFolder.InMemory();
        RecordedDisk disk = new();
        RecordingVfs.Attach(folder.Path, disk);
        await StoreTests.Open(folder, new StorageOptions { Vfs = RecordingVfs.Name }).DisposeAsync();
        IReadOnlyList<DiskOperation> log = disk.Log;
        DiskReplay replay = new(log);
        SeededChance chance = new(Scale.Seed);
        using TempFolder built = TempFolder.InMemory();
        for (int moment = 1; moment <= log.Count; moment++)
        {
            replay.AdvanceTo(moment);
            for (int i = 0; i < Scale.Of(10, 100); i++)
            {
                built.Empty();
                replay.WriteDisk(built.Path, chance);
                DiskVerdict verdict = await DiskVerdict.OfAsync(built, [], RecordedRun.Document);
                Assert.True(verdict.Broken is null, $"seed {Scale.Seed}, operation {moment} of {log.Count}, disk {i}: {verdict.Broken}");
            }
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4_096)]
    public async Task A_first_page_that_never_reached_the_disk_is_no_store(int length)
    {
        using TempFolder folder = new();
        await File.WriteAllBytesAsync(Path.Combine(folder.Path, SqliteEventStore.FileName), new byte[length]);
        await using SqliteEventStore store = StoreTests.Open(folder);
        Assert.True(store.WasClean);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
        Assert.Equal(1UL, (await replica.AppendEventAsync(new P2P.Crdt.Events.EventDraft { Type = "note" })).Sequence);
    }

    [Fact]
    public void A_file_that_is_not_empty_is_never_emptied()
    {
        using TempFolder folder = new();
        string path = Path.Combine(folder.Path, SqliteEventStore.FileName);
        byte[] other = new byte[4_096];
        other[^1] = 1;
        File.WriteAllBytes(path, other);
        Assert.Throws<StoreException>(() => StoreTests.Open(folder));
        Assert.Equal(other, File.ReadAllBytes(path));

        File.WriteAllBytes(path, new byte[4_096]);
        File.WriteAllBytes(path + "-wal", [1]);
        Assert.ThrowsAny<StoreException>(() => StoreTests.Open(folder));
        Assert.Equal(4_096, new FileInfo(path).Length);
    }

    [Fact]
    public async Task A_store_that_was_cut_off_while_it_was_made_is_made_again_with_one_key()
    {
        using TempFolder folder = new();
        for (int failing = 1; failing <= 2; failing++)
        {
            int made = 0;
            int limit = failing;
            StorageOptions cut = new() { OnIo = () => _ = ++made == limit ? throw new SqliteException("The test says so.", 10, 10) : true };
            Assert.Throws<StoreException>(() => StoreTests.Open(folder, cut));
        }

        byte[] key;
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.True(store.WasClean);
            key = store.Signer!.Author.ToArray();
        }

        await using SqliteEventStore again = StoreTests.Open(folder);
        Assert.False(again.AuthorRotated);
        Assert.Equal(key, again.Signer!.Author.ToArray());
    }
}
