using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Storage.Inspection;
using P2P.Storage.Tests.Disk;

namespace P2P.Storage.Tests;

public sealed class InspectionTests
{
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Fact]
    public async Task A_sound_store_verifies_counts_and_backs_up_while_it_is_open()
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = await FilledAsync(folder, 30);
        byte[] raw = [1, 2, 3];
        await store.Blocks.PutAsync(new(Cid.ForRaw(raw), raw), default);

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        StoreReport report = await inspector.VerifyAsync(default);
        StoreStatistics counts = inspector.Read();
        Assert.True(report.IsSound, string.Join('\n', report.Problems.Select(static p => p.Text)));
        Assert.Equal((32, 30, 1), (report.Blocks, report.Events, report.Documents));
        Assert.Equal(Environment.ProcessId, counts.HolderPid);
        Assert.Equal(StoreSchema.Version, counts.Schema);
        StoredDocument document = Assert.Single(counts.Documents);
        Assert.Equal(("recorded", 30L, 1L, 30L), (document.Name, document.Events, document.Heads, document.OwnSequence));

        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
        await replica.AppendEventAsync(s_note); // after the snapshot: not in the backup
        using MemoryStream car = new();
        (long blocks, IReadOnlyList<Cid> missing) = await inspector.BackUpAsync(car, default);
        Assert.Equal(32, blocks);
        Assert.Empty(missing);

        using TempFolder other = new();
        await using SqliteEventStore restored = StoreTests.Open(other);
        car.Position = 0;
        RestoreReport? taken = await StoreRestore.RunAsync(car, restored, default);
        Assert.Equal((1, 30, 1, 0, 0, 0), (taken!.Documents, taken.Events, taken.Blocks, taken.Refused, taken.Waiting, taken.RootsMissing.Count));
        Assert.True(taken.IsWhole);
        await using Replica again = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = restored });
        Assert.Equal(30, again.Status.AppliedCount);
        Assert.Equal(raw, (await restored.GetBlockAsync(Cid.ForRaw(raw), default))!.Value.ToArray());
        Event first = await again.AppendEventAsync(s_note);
        Assert.Equal(1UL, first.Sequence); // a new author: the key is not in the backup
    }

    [Theory]
    [InlineData("UPDATE block SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE id = 5", StoreProblemKind.BlockCorrupt)]
    [InlineData("UPDATE block SET bytes = NULL WHERE id = 5", StoreProblemKind.BlockMissing)]
    [InlineData("UPDATE event SET seq = seq + 100 WHERE block = 5", StoreProblemKind.EventRow)]
    [InlineData("DELETE FROM log WHERE block = 5", StoreProblemKind.LogOrder)]
    [InlineData("DELETE FROM head", StoreProblemKind.Heads)]
    [InlineData("UPDATE log SET pos = 1000 WHERE block = 5", StoreProblemKind.LogOrder)]
    public async Task Whatever_is_wrong_is_named(string damage, StoreProblemKind kind)
    {
        using TempFolder folder = new();
        await (await FilledAsync(folder, 10)).DisposeAsync();
        StoreTests.Sql(folder, damage);

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        StoreReport report = await inspector.VerifyAsync(default);

        Assert.False(report.IsSound);
        Assert.Equal(kind, report.Problems[0].Kind);
        Assert.Equal(kind == StoreProblemKind.BlockMissing ? (0, 1) : (report.ProblemCount, report.MissingCount), (report.ProblemCount, report.MissingCount));
        if (kind is StoreProblemKind.BlockCorrupt or StoreProblemKind.BlockMissing)
        {
            using MemoryStream car = new();
            Assert.Single((await inspector.BackUpAsync(car, default)).Missing); // never spread
        }
    }

    [Fact]
    public async Task A_folder_without_a_store_has_none()
    {
        using TempFolder folder = new();
        Assert.Null(StoreInspector.Open(folder.Path));
        Assert.Equal(0, StoreInspector.HolderOf(folder.Path));
        Assert.Null(await StoreCollector.CollectAsync(folder.Path, unpinned: true, compact: true));
    }

    [Fact]
    public async Task Garbage_is_what_nothing_links_to_and_only_when_asked()
    {
        using TempFolder folder = new();
        byte[] loose = new byte[50_000];
        await using (SqliteEventStore store = await FilledAsync(folder, 5))
        {
            await store.Blocks.PutAsync(new(Cid.ForRaw(loose), loose), default);
        }

        Assert.Equal(0, (await StoreCollector.CollectAsync(folder.Path, unpinned: false, compact: false))!.Blocks);
        StoreCollection gone = (await StoreCollector.CollectAsync(folder.Path, unpinned: true, compact: true))!;
        Assert.Equal((1, 50_000), (gone.Blocks, gone.Bytes));
        Assert.True(gone.FileBytesAfter < gone.FileBytesBefore);
        StoreTests.AssertConsistent(folder);
        await using SqliteEventStore again = StoreTests.Open(folder);
        Assert.Null(await again.GetBlockAsync(Cid.ForRaw(loose), default));
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = again });
        Assert.Equal(5, replica.Status.AppliedCount);
        Assert.Equal(StoreError.Locked, (await Assert.ThrowsAsync<StoreException>(() => StoreCollector.CollectAsync(folder.Path, unpinned: false, compact: false))).Error);
    }

    [Fact]
    public async Task Data_of_a_snapshot_that_is_a_list_of_blocks_stays_with_all_its_parts()
    {
        using TempFolder folder = new();
        byte[] data = new byte[(SnapshotData.PartBytes * 2) + 5];
        IReadOnlyList<Block> blocks = SnapshotData.Split(data);
        byte[] loose = SnapshotData.Split(new byte[SnapshotData.PartBytes + 7])[^1].Data.ToArray(); // a list that no event names
        await using (SqliteEventStore store = await FilledAsync(folder, 5))
        {
            foreach (Block block in blocks)
            {
                await store.Blocks.PutAsync(block, default);
            }

            await store.Blocks.PutAsync(new(Cid.ForDagCbor(loose), loose), default);
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
            SnapBody body = new() { Cut = replica.Status.Heads, Count = 5, State = EventDigest.Sha256([]), Data = blocks[^1].Cid };
            await replica.AppendEventAsync(new EventDraft { Type = "snap", Body = body.Encode() });
        }

        StoreCollection gone = (await StoreCollector.CollectAsync(folder.Path, unpinned: true, compact: false))!;
        Assert.Equal((1, loose.Length), (gone.Blocks, gone.Bytes));
        await using SqliteEventStore again = StoreTests.Open(folder);
        foreach (Block block in blocks)
        {
            Assert.NotNull(await again.GetBlockAsync(block.Cid, default));
        }

        Assert.Null(await again.GetBlockAsync(Cid.ForDagCbor(loose), default));
    }

    [Fact]
    public async Task Pinned_blocks_and_all_below_them_are_no_garbage_until_they_are_let_go()
    {
        using TempFolder folder = new();
        byte[] leaf = [1, 2, 3];
        byte[] missing = [4];
        byte[] inner = new DagPbNode([new DagPbLink(Cid.ForRaw(leaf), null, null), new DagPbLink(Cid.ForRaw(missing), null, null)], null).ToBytes();
        byte[] root = new DagPbNode([new DagPbLink(Cid.ForDagPb(inner), null, null)], null).ToBytes();
        await using (SqliteEventStore store = await FilledAsync(folder, 1))
        {
            await store.Blocks.PutAsync(new(Cid.ForRaw(leaf), leaf), default);
            await store.Blocks.PutAsync(new(Cid.ForDagPb(inner), inner), default);
            await store.Blocks.PutAsync(new(Cid.ForDagPb(root), root), default);
            await store.Blocks.PinAsync(Cid.ForDagPb(root), default);
            await store.Blocks.PinAsync(Cid.ForDagPb(root), default);
        }

        Assert.Equal(0, (await StoreCollector.CollectAsync(folder.Path, unpinned: true, compact: false))!.Blocks);
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.Equal([Cid.ForDagPb(root)], await store.Blocks.PinsAsync(default));
            Assert.True(await store.Blocks.HasAsync(Cid.ForRaw(leaf), default));
            await store.Blocks.UnpinAsync(Cid.ForDagPb(root), default);
        }

        Assert.Equal(3, (await StoreCollector.CollectAsync(folder.Path, unpinned: true, compact: false))!.Blocks);
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 1, 2, 3 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1 })]
    public async Task What_is_no_backup_is_not_restored(byte[] file)
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = StoreTests.Open(folder);
        using MemoryStream source = new(file);
        Assert.Null(await StoreRestore.RunAsync(source, store, default));
    }

    [Fact]
    public async Task A_backup_with_a_flipped_bit_is_refused_from_there_on()
    {
        using TempFolder folder = new();
        using MemoryStream car = new();
        await (await FilledAsync(folder, 20)).DisposeAsync();
        using (StoreInspector inspector = StoreInspector.Open(folder.Path)!)
        {
            await inspector.BackUpAsync(car, default);
        }

        byte[] bytes = car.ToArray();
        bytes[bytes.Length / 2] ^= 1;
        using TempFolder other = new();
        await using SqliteEventStore store = StoreTests.Open(other);
        using MemoryStream source = new(bytes);
        RestoreReport report = (await StoreRestore.RunAsync(source, store, default))!;
        Assert.Equal(1, report.Refused);
        Assert.InRange(report.Events, 1, 19);
        Assert.Single(report.RootsMissing); // the head stands on what is behind the bit
        Assert.False(report.IsWhole);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task An_older_store_is_brought_forward_and_its_copy_opens_as_it_was(int schema)
    {
        using TempFolder folder = new();
        List<Cid> before = [];
        await using (SqliteEventStore old = StoreTests.Open(folder, new StorageOptions { SchemaVersionMax = schema }))
        {
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = old });
            for (int i = 0; i < 10; i++)
            {
                before.Add((await replica.AppendEventAsync(s_note)).Cid);
            }
        }

        Assert.Equal((long)schema, StoreTests.Sql(folder, "PRAGMA user_version"));
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.False(store.AuthorRotated);
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
            Assert.Equal(11UL, (await replica.AppendEventAsync(s_note)).Sequence);
        }

        Assert.Equal((long)StoreSchema.Version, StoreTests.Sql(folder, "PRAGMA user_version"));
        Assert.Equal(11L, StoreTests.Sql(folder, "SELECT COUNT(*) FROM log INDEXED BY log_doc WHERE doc = 1"));
        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        string copy = Assert.Single(inspector.Read().SchemaBackups);
        using TempFolder back = new();
        File.Copy(copy, Path.Combine(back.Path, SqliteEventStore.FileName));
        Assert.Equal((long)schema, StoreTests.Sql(back, "PRAGMA user_version"));
        await using SqliteEventStore restored = StoreTests.Open(back);
        Assert.True(restored.AuthorRotated); // the numbers after 10 are taken
        await using Replica again = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = restored });
        Assert.Equal(before.Count, (await again.GetEventsAsync(before)).Count);
        Assert.Equal(10, again.Status.AppliedCount);
    }

    [Fact]
    public async Task A_step_that_its_tables_do_not_fit_is_named_and_changes_nothing()
    {
        using TempFolder folder = new();
        await StoreTests.Open(folder, new StorageOptions { SchemaVersionMax = 3 }).DisposeAsync();
        StoreTests.Sql(folder, "CREATE TABLE author_use(author BLOB PRIMARY KEY)"); // of a program that was never released

        for (int i = 0; i < 2; i++)
        {
            StoreException error = Assert.Throws<StoreException>(() => StoreTests.Open(folder));
            Assert.Equal(StoreError.Corrupt, error.Error);
            Assert.Contains("from schema 3 to 4", error.Message, StringComparison.Ordinal);
            Assert.Contains("table author_use already exists", error.Message, StringComparison.Ordinal);
            Assert.Contains(Path.Combine(folder.Path, "store.db.schema3"), error.Message, StringComparison.Ordinal);
            Assert.Equal(3L, StoreTests.Sql(folder, "PRAGMA user_version"));
        }

        Assert.True(File.Exists(Path.Combine(folder.Path, "store.db.schema3")));
    }

    [Fact]
    public async Task After_a_crash_rows_that_contradict_their_blocks_are_built_again()
    {
        using TempFolder folder = new();
        await (await FilledAsync(folder, 10)).DisposeAsync();
        StoreTests.Sql(folder, "DELETE FROM meta WHERE key = 'clean'; DELETE FROM log WHERE block = 11; DELETE FROM event WHERE block = 7; INSERT INTO head VALUES(1, 4711)");

        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.Equal(4, store.RepairedRows); // the lost log row's event waits; its head and the false head went; the event row is back
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
            await HeardAsync(replica, 10); // until the own event that waits is durable again, nothing can be written
            await replica.AppendEventAsync(s_note);
            Assert.Equal(11, replica.Status.AppliedCount);
        }

        StoreTests.AssertConsistent(folder);
        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        Assert.True((await inspector.VerifyAsync(default)).IsSound);
    }

    private static async Task HeardAsync(Replica replica, int count)
    {
        using CancellationTokenSource watchdog = new(TimeSpan.FromMinutes(1));
        await foreach (ReplicaChange _ in replica.Changes(cancellationToken: watchdog.Token))
        {
            if (--count == 0)
            {
                return;
            }
        }
    }

    private static async Task<SqliteEventStore> FilledAsync(TempFolder folder, int events)
    {
        SqliteEventStore store = StoreTests.Open(folder);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = RecordedRun.Document, Store = store });
        for (int i = 0; i < events; i++)
        {
            await replica.AppendEventAsync(s_note);
        }

        return store;
    }
}
