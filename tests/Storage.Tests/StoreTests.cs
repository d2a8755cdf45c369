using Microsoft.Data.Sqlite;
using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Tests;

public sealed class StoreTests
{
    private static readonly Genesis s_document = Genesis.Create("test", "stored");
    private static readonly EventDraft s_note = new() { Type = "note" };

    [Fact]
    public async Task A_reopened_store_goes_on_where_it_stopped()
    {
        using TempFolder folder = new();
        EventDigest frontier;
        Event last;
        ulong epoch;
        await using (SqliteEventStore store = Open(folder))
        {
            epoch = store.Epoch;
            await using Replica replica = await ReplicaOf(store);
            last = (await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => replica.AppendEventAsync(s_note)))).MaxBy(static e => e.Sequence)!;
            frontier = replica.Status.FrontierHash;
        }

        await using SqliteEventStore again = Open(folder);
        await using Replica resumed = await ReplicaOf(again);
        Assert.True(again.WasClean);
        Assert.False(again.AuthorRotated);
        Assert.Equal(epoch, again.Epoch);
        Assert.Equal(frontier, resumed.Status.FrontierHash);
        Event next = await resumed.AppendEventAsync(s_note);
        Assert.Equal(last.Cid, next.Previous);
        Assert.Equal(51UL, next.Sequence);
        AssertConsistent(folder);
    }

    [Fact]
    public async Task What_waits_for_links_is_held_on_disk_and_applied_when_they_come()
    {
        using TempFolder folder = new();
        List<Event> chain = await ChainAsync(5);
        await using (SqliteEventStore store = Open(folder))
        {
            await using Replica replica = await ReplicaOf(store);
            await replica.InsertPackAsync([chain[0].Bytes, chain[2].Bytes, chain[3].Bytes, chain[4].Bytes]);
            Assert.Equal(3, replica.Status.PendingCount);
        }

        await using (SqliteEventStore store = Open(folder))
        {
            await using Replica replica = await ReplicaOf(store);
            Assert.Equal(3, replica.Status.PendingCount);
            Assert.Equal([chain[1].Cid], await replica.FindMissingLinksAsync());
            Assert.True(await replica.InsertEventAsync(chain[1]));
            Assert.Equal([chain[4].Cid], replica.Status.Heads);
        }

        await using SqliteEventStore last = Open(folder);
        await using Replica full = await ReplicaOf(last);
        Assert.Equal(5, full.Status.AppliedCount);
        Assert.Equal(0, full.Status.PendingCount);
        AssertConsistent(folder);
    }

    [Fact]
    public async Task A_second_opener_is_told_who_holds_the_folder()
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = Open(folder);

        StoreException refused = Assert.Throws<StoreException>(() => Open(folder));

        Assert.Equal(StoreError.Locked, refused.Error);
        Assert.Equal(Environment.ProcessId, refused.HolderPid);
        Assert.Contains(Environment.ProcessId.ToString(), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newer_store_is_refused_and_not_touched()
    {
        using TempFolder folder = new();
        await Open(folder).DisposeAsync();
        Sql(folder, "PRAGMA user_version = 99");
        byte[] before = File.ReadAllBytes(DatabaseOf(folder));

        Assert.Equal(StoreError.NewerSchema, Assert.Throws<StoreException>(() => Open(folder)).Error);
        Assert.Equal(before, File.ReadAllBytes(DatabaseOf(folder)));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_gives_one_clear_sentence()
    {
        using TempFolder folder = new();
        string file = Path.Combine(folder.Path, "file");
        File.WriteAllText(file, "not a folder");

        StoreException refused = Assert.Throws<StoreException>(
            () => SqliteEventStore.Open(Path.Combine(file, "data"), new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance));

        Assert.Equal(StoreError.ReadOnly, refused.Error);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_called_damaged()
    {
        using TempFolder folder = new();
        await Open(folder).DisposeAsync();
        File.WriteAllBytes(DatabaseOf(folder), [.. Enumerable.Repeat((byte)7, 8192)]);

        Assert.Equal(StoreError.Corrupt, Assert.Throws<StoreException>(() => Open(folder)).Error);
    }

    [Fact]
    public async Task A_copied_folder_a_restored_database_and_a_lost_marker_get_a_new_author_key_before_the_first_write()
    {
        using TempFolder folder = new();
        await using (SqliteEventStore store = Open(folder))
        {
            await using Replica replica = await ReplicaOf(store);
            await replica.AppendEventAsync(s_note);
        }

        using TempFolder copy = folder.Copy();
        byte[] backup = File.ReadAllBytes(DatabaseOf(folder));
        byte[] author;
        await using (SqliteEventStore store = Open(folder))
        {
            Assert.False(store.AuthorRotated);
            author = store.Signer!.Author.ToArray();
        }

        await using (SqliteEventStore copied = Open(copy))
        {
            Assert.True(copied.AuthorRotated);
            Assert.NotEqual(author, copied.Signer!.Author.ToArray());
            await using Replica replica = await ReplicaOf(copied);
            Event first = await replica.AppendEventAsync(s_note);
            Assert.Equal(1UL, first.Sequence);
            Assert.Single(first.Dependencies);
        }

        File.WriteAllBytes(DatabaseOf(folder), backup);
        await using (SqliteEventStore restored = Open(folder))
        {
            Assert.True(restored.AuthorRotated);
        }

        Array.ForEach(Directory.GetFiles(folder.Path, "generation*"), File.Delete);
        await using SqliteEventStore lost = Open(folder);
        Assert.True(lost.AuthorRotated);
    }

    [Fact]
    public async Task A_rotten_block_is_never_served_and_is_healed_by_the_good_one()
    {
        using TempFolder folder = new();
        List<Event> chain = await ChainAsync(4);
        await using (SqliteEventStore store = Open(folder))
        {
            await using Replica replica = await ReplicaOf(store);
            await replica.InsertPackAsync([.. chain.Select(static e => e.Bytes)]);
        }

        Sql(folder, $"UPDATE block SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE cid = x'{Convert.ToHexString(chain[1].Cid.Bytes)}'");
        await using (SqliteEventStore store = Open(folder))
        {
            Assert.Null(await store.GetBlockAsync(chain[1].Cid, default));
            Assert.True(store.CorruptBlocks > 0);
            await using Replica replica = await ReplicaOf(store);
            Assert.Equal([chain[0].Cid], replica.Status.Heads);
            Assert.Equal([chain[1].Cid], await replica.FindMissingLinksAsync());
            Assert.True(await replica.InsertEventAsync(chain[1]));
            Assert.Equal([chain[3].Cid], replica.Status.Heads);
        }

        await using SqliteEventStore healed = Open(folder);
        await using Replica whole = await ReplicaOf(healed);
        Assert.Equal(4, whole.Status.AppliedCount);
        Assert.Equal(0, healed.CorruptBlocks);
    }

    [Fact]
    public async Task Events_raw_blocks_and_the_genesis_are_served_as_blocks()
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = Open(folder);
        await using Replica replica = await ReplicaOf(store);
        Event written = await replica.AppendEventAsync(s_note);
        IBlockStore blocks = store.Blocks;
        Block raw = new(Cid.ForRaw([1, 2, 3]), new byte[] { 1, 2, 3 });
        await blocks.PutAsync(raw, default);
        await blocks.PutAsync(raw, default);

        Assert.Equal(written.Bytes.ToArray(), (await blocks.GetAsync(written.Cid, default))!.Value.ToArray());
        Assert.Equal(raw.Data.ToArray(), (await blocks.GetAsync(raw.Cid, default))!.Value.ToArray());
        Assert.Equal(s_document.Bytes.ToArray(), (await blocks.GetAsync(s_document.Cid, default))!.Value.ToArray());
        Assert.True(await blocks.HasAsync(raw.Cid, default));
        Assert.False(await blocks.HasAsync(Cid.ForRaw([9]), default));
        Assert.Null(await blocks.GetAsync(Cid.ForRaw([9]), default));
    }

    [Fact]
    public async Task A_full_disk_fails_cleanly_reads_go_on_and_writing_resumes_by_itself()
    {
        using TempFolder folder = new();
        int pages = 1_000_000;
        await using SqliteEventStore store = Open(folder, options: new StorageOptions { PagesMax = () => pages });
        await using Replica replica = await ReplicaOf(store);
        Event kept = await replica.AppendEventAsync(s_note);
        pages = 1; // SQLite takes the present size as the least

        List<Task<Event>> tried = [];
        ReplicaException? full = null;
        for (int i = 0; i < 2_000 && full is null; i++)
        {
            try
            {
                await replica.AppendEventAsync(s_note);
            }
            catch (ReplicaException failed)
            {
                full = failed;
            }
        }

        Assert.Equal(ReplicaError.StoreFailed, full!.Error);
        Assert.NotNull(await store.GetBlockAsync(kept.Cid, default));
        pages = 1_000_000;
        Event after = await replica.AppendEventAsync(s_note);
        Assert.Equal((ulong)replica.Status.AppliedCount, after.Sequence);
        Assert.Empty(replica.Status.Forks);
    }

    [Fact]
    public async Task Whatever_call_fails_what_was_acknowledged_is_there_and_nothing_contradicts_itself()
    {
        int calls = 1;
        for (int failing = 1; failing <= calls; failing++)
        {
            using TempFolder folder = new();
            int made = 0;
            int limit = failing;
            List<Event> acknowledged = [];
            StorageOptions failsOnce = new()
            {
                OnIo = () =>
                {
                    if (++made == limit)
                    {
                        throw new SqliteException("The test says so.", 10, 10);
                    }
                },
            };
            await WriteUntilFailureAsync(() => Open(folder, failsOnce), acknowledged);

            calls = failing == 1 ? 60 : Math.Max(calls, Math.Min(made, 200));
            await using (SqliteEventStore store = Open(folder))
            {
                await using Replica replica = await ReplicaOf(store);
                Assert.Equal(acknowledged.Count, (await replica.GetEventsAsync([.. acknowledged.Select(static e => e.Cid)])).Count);
                Event next = await replica.AppendEventAsync(s_note);
                Assert.True(next.Sequence > (ulong)acknowledged.Count);
                Assert.Empty(replica.Status.Forks);
            }

            AssertConsistent(folder);
        }
    }

    [Fact]
    public async Task Documents_share_a_database_and_do_not_mix()
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = Open(folder);
        Genesis other = Genesis.Create("test", "another");
        await using Replica one = await ReplicaOf(store);
        await using Replica two = await Replica.OpenAsync(new ReplicaOptions { Genesis = other, Store = store });
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => (i % 2 == 0 ? one : two).AppendEventAsync(s_note)));

        Assert.Equal(20, one.Status.AppliedCount);
        Assert.Equal(20, two.Status.AppliedCount);
        Assert.Equal(20UL, (await store.GetOwnTipAsync(other.Cid, store.Signer!.Author, default))!.Value.Sequence);
        Assert.Equal(20, (await two.QueryAsync(new EventQuery())).Events.Count(e => e.Document == other.Cid));
    }

    [Fact]
    public async Task A_commit_to_a_document_that_is_not_there_fails_alone_and_the_store_goes_on()
    {
        using TempFolder folder = new();
        await using SqliteEventStore store = Open(folder);
        await using Replica replica = await ReplicaOf(store);
        Cid gone = Genesis.Create("test", "never loaded").Cid;

        // Many at once, so that good and bad ones meet in one transaction.
        Task<Event>[] good = [.. Enumerable.Range(0, 40).Select(_ => replica.AppendEventAsync(s_note))];
        Task<StoreException>[] bad =
        [
            .. Enumerable.Range(0, 40).Select(_ => Assert.ThrowsAsync<StoreException>(
                () => store.CommitAsync(new StoreBatch { Document = gone, Heads = [] }, default).AsTask())),
        ];

        Assert.All(await Task.WhenAll(bad), static error => Assert.Equal(StoreError.Closed, error.Error));
        Assert.Equal(40, (await Task.WhenAll(good)).Select(static e => e.Sequence).Distinct().Count());
        Assert.Equal(41UL, (await replica.AppendEventAsync(s_note)).Sequence);
    }

    [Fact]
    public async Task Whatever_the_writer_meets_nobody_waits_for_ever_and_the_store_closes()
    {
        using TempFolder folder = new();
        using CancellationTokenSource watchdog = new(TestSupport.Watchdog.Limit);
        bool isBroken = false;
        StorageOptions options = new() { OnIo = () => _ = isBroken ? throw new FormatException("a fault nobody foresaw") : true };
        await using (SqliteEventStore store = Open(folder, options))
        {
            Replica replica = await ReplicaOf(store);
            await replica.AppendEventAsync(s_note);
            isBroken = true;

            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(ReplicaError.StoreFailed, (await Assert.ThrowsAsync<ReplicaException>(() => replica.AppendEventAsync(s_note, watchdog.Token))).Error);
            }

            await Assert.ThrowsAsync<StoreException>(
                () => store.CommitAsync(new StoreBatch { Document = s_document.Cid, Heads = [] }, watchdog.Token).AsTask());
            isBroken = false;
            await replica.DisposeAsync();
        }

        await using SqliteEventStore again = Open(folder); // the lock is free
        await using Replica after = await ReplicaOf(again);
        Assert.Equal(1, after.Status.AppliedCount);
    }

    [Fact]
    public async Task A_fork_is_kept_as_evidence_and_known_after_a_restart()
    {
        using TempFolder folder = new();
        await using MemoryEventStore forker = new(new SeededChance(5));
        List<Event> sides = [];
        for (ulong at = 1; at <= 2; at++)
        {
            AppendContext context = new(s_document.Cid, forker.Signer!.Author, 1, default, [], 1);
            sides.Add(EventCodec.Sign(context, s_note, at, forker.Signer, out _)!);
        }

        await using (SqliteEventStore store = Open(folder))
        {
            await using Replica replica = await ReplicaOf(store);
            await replica.InsertEventAsync(sides[0]);
            await replica.InsertEventAsync(sides[1]);
        }

        await using SqliteEventStore again = Open(folder);
        await using Replica resumed = await ReplicaOf(again);
        Assert.Equal(1UL, Assert.Single(resumed.Status.Forks).ForkSequence);
        Assert.Equal(0, resumed.Status.VisibleCount);
        Assert.Equal(1L, Sql(folder, "SELECT count(*) FROM evidence"));
    }

    internal static SqliteEventStore Open(TempFolder folder, StorageOptions? options = null)
    {
        return SqliteEventStore.Open(folder.Path, options ?? new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
    }

    /// <summary>D2: every log row has its block and event row, and the heads are the applied events nothing applied links to.</summary>
    internal static void AssertConsistent(TempFolder folder)
    {
        Assert.Equal(0L, Sql(folder, "SELECT count(*) FROM log WHERE NOT EXISTS(SELECT 1 FROM block WHERE id = log.block AND bytes IS NOT NULL)"));
        Assert.Equal(0L, Sql(folder, "SELECT count(*) FROM log WHERE NOT EXISTS(SELECT 1 FROM event WHERE doc = log.doc AND block = log.block)"));
        Assert.Equal(0L, Sql(folder, "SELECT count(*) FROM head WHERE NOT EXISTS(SELECT 1 FROM log WHERE doc = head.doc AND block = head.block)"));
        Assert.Equal(0L, Sql(folder, "SELECT count(*) FROM held WHERE EXISTS(SELECT 1 FROM log WHERE doc = held.doc AND block = held.block)"));
        Dictionary<Cid, Event> applied = [];
        HashSet<Cid> heads = [];
        using (SqliteConnection connection = Connect(folder))
        {
            foreach (byte[] block in Rows(connection, "SELECT b.bytes FROM log l JOIN block b ON b.id = l.block ORDER BY l.pos"))
            {
                Assert.True(EventCodec.TryDecode(block, default, out Event? read, out _));
                Assert.All(Links(read!), link => Assert.Contains(link, applied)); // parents before children
                applied.Add(read!.Cid, read);
            }

            foreach (byte[] head in Rows(connection, "SELECT b.cid FROM head h JOIN block b ON b.id = h.block"))
            {
                Assert.True(Cid.TryRead(head, out Cid cid, out _));
                heads.Add(cid);
            }
        }

        HashSet<Cid> linked = [.. applied.Values.SelectMany(Links)];
        Assert.Equal(applied.Keys.Where(cid => !linked.Contains(cid)).Order(), heads.Order());
    }

    private static IEnumerable<Cid> Links(Event read) => read.Previous.IsNone ? read.Dependencies : read.Dependencies.Append(read.Previous);

    private static IEnumerable<byte[]> Rows(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // tests say what they like
        command.CommandText = sql;
#pragma warning restore CA2100
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return reader.GetFieldValue<byte[]>(0);
        }
    }

    private static async Task WriteUntilFailureAsync(Func<SqliteEventStore> open, List<Event> acknowledged)
    {
        try
        {
            await using SqliteEventStore store = open();
            await using Replica replica = await ReplicaOf(store);
            for (int i = 0; i < 20; i++)
            {
                acknowledged.Add(await replica.AppendEventAsync(s_note));
            }
        }
        catch (ReplicaException failed)
        {
            Assert.Equal(ReplicaError.StoreFailed, failed.Error);
        }
        catch (StoreException failed)
        {
            Assert.Equal(StoreError.Io, failed.Error); // while the store or the document was opened
        }
    }

    private static Task<Replica> ReplicaOf(SqliteEventStore store) =>
        Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });

    internal static async Task<List<Event>> ChainAsync(int count, Genesis? document = null)
    {
        await using MemoryEventStore memory = new(new SeededChance(77));
        await using Replica writer = await Replica.OpenAsync(new ReplicaOptions { Genesis = document ?? s_document, Store = memory });
        List<Event> chain = [];
        for (int i = 0; i < count; i++)
        {
            chain.Add(await writer.AppendEventAsync(s_note));
        }

        return chain;
    }

    private static string DatabaseOf(TempFolder folder) => Path.Combine(folder.Path, "store.db");

    private static SqliteConnection Connect(TempFolder folder)
    {
        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = DatabaseOf(folder), Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    internal static object? Sql(TempFolder folder, string sql)
    {
        using SqliteConnection connection = Connect(folder);
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // tests say what they like
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }
}
