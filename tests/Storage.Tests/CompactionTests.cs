using Microsoft.Data.Sqlite;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;
using P2P.Storage.Inspection;
using P2P.Storage.Tests.Disk;
using Xunit.Abstractions;

namespace P2P.Storage.Tests;

/// <summary>Blocks that a snapshot has as well are dropped, and nobody who reads notices.</summary>
/// <param name="output">Tells the sizes.</param>
public sealed class CompactionTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Everything_reads_as_before_and_half_of_the_bytes_are_gone()
    {
        using TempFolder folder = new();
        List<Event> typed;
        string text;
        EventDigest frontier;
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            typed = await typist.TypeAsync(300);
            await typist.SnapshotAsync();
            CompactionReport report = await typist.CompactAsync();

            // Not the head of the cut, which is the newest of the author below the snapshot.
            Assert.Equal((CompactionRefusal.None, 299L), (report.Refusal, report.Events));
            Assert.Equal(typed.Take(299).Sum(static e => (long)e.Bytes.Length), report.Bytes);
            Assert.True(report.DataBytes < report.Bytes / 2, $"{report.DataBytes} against {report.Bytes}");
            await AssertReadsAsync(typist.Replica, typed);
            Assert.Equal(0, (await typist.CompactAsync()).Events); // again: nothing is left to drop
            await typist.TypeAsync("And on.");
            (text, frontier) = (typist.Text, typist.Replica.Status.FrontierHash);
        }

        await using (Typist again = await Typist.OpenAsync(folder, new StorageOptions { ArchiveCacheBytes = 0 }))
        {
            Assert.Equal((text, frontier), (again.Text, again.Replica.Status.FrontierHash));
            await AssertReadsAsync(again.Replica, typed);
            Assert.Equal(0, again.Store.CorruptBlocks);
            VerifyReport verified = await again.Replica.VerifyAsync();
            Assert.Equal((302, 0, 0), (verified.Events, verified.Bad.Count, verified.Missing.Count));
        }

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        StoreReport sound = await inspector.VerifyAsync(default);
        Assert.True(sound.IsSound, string.Join('\n', sound.Problems.Select(static p => p.Text)));
        Assert.Equal((302L, 299L), (sound.Events, sound.Dropped));
        StoreStatistics counts = inspector.Read();
        Assert.Equal((299L, 0L), (counts.Dropped, counts.MissingBlocks));
    }

    /// <summary>What a person gains: the database file, rewritten, with every block and with the snapshot's data in their place.</summary>
    [Fact]
    public async Task The_file_shrinks_when_what_was_dropped_is_given_back()
    {
        const int events = 1_000;
        using TempFolder folder = TempFolder.InMemory();
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            await typist.TypeAsync(events);
        }

        long plain = await FileBytesAsync(folder);
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            await typist.SnapshotAsync();
        }

        long before = await FileBytesAsync(folder);
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            Assert.Equal(events - 1, (await typist.CompactAsync()).Events);
        }

        long after = await FileBytesAsync(folder);
        output.WriteLine($"{events} events: {plain} bytes of file, {before} with a snapshot, {after} compacted");
        Assert.True(after < plain && after < before, $"{plain}, {before}, {after}");
    }

    private static async Task<long> FileBytesAsync(TempFolder folder) =>
        (await StoreCollector.CollectAsync(folder.Path, unpinned: false, compact: true))!.FileBytesAfter;

    [Fact]
    public async Task Strangers_who_ask_for_a_dropped_block_by_name_get_none_and_sync_brings_it()
    {
        using TempFolder folder = new();
        await using Typist typist = await Typist.OpenAsync(folder);
        List<Event> typed = await typist.TypeAsync(20);
        await typist.SnapshotAsync();
        await typist.CompactAsync();

        Assert.Null(await typist.Store.Blocks.GetAsync(typed[3].Cid, default));
        Assert.False(await typist.Store.Blocks.HasAsync(typed[3].Cid, default));
        Assert.NotNull(await typist.Store.GetBlockAsync(typed[3].Cid, default));

        // A peer that has nothing: what the replica gives out is taken like any other pack.
        await using MemoryEventStore empty = new(new SeededChance(5));
        await using Replica fresh = await Typist.ReplicaOf(empty);
        IReadOnlyList<Event> all = await typist.Replica.ViewAtAsync(typist.Replica.Status.Heads);
        Assert.All(await fresh.InsertPackAsync([.. all.Select(static e => e.Bytes)]), static v => Assert.Equal(EventVerdictKind.Accepted, v.Kind));
        Assert.Equal(typist.Replica.Status.FrontierHash, fresh.Status.FrontierHash);
    }

    [Fact]
    public async Task A_late_event_that_stands_below_the_cut_is_admitted_though_what_it_links_to_was_dropped()
    {
        using TempFolder folder = new();
        await using MemoryEventStore elsewhere = new(new SeededChance(9));
        await using Replica other = await Typist.ReplicaOf(elsewhere);
        Event late;
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            List<Event> typed = await typist.TypeAsync(20);
            await other.InsertPackAsync([.. typed.Take(5).Select(static e => e.Bytes)]);
            late = await other.AppendEventAsync(new EventDraft { Type = "note" });
            await typist.TypeAsync(3);
            await typist.SnapshotAsync();
            Assert.True((await typist.CompactAsync()).Events >= 20);
        }

        await using Typist again = await Typist.OpenAsync(folder);
        Assert.Equal(EventVerdictKind.Accepted, (await again.Replica.InsertBlockAsync(late.Bytes)).Kind);
        Assert.Contains(late.Cid, again.Replica.Status.Heads);
        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        Assert.True((await inspector.VerifyAsync(default)).IsSound);
    }

    [Fact]
    public async Task Nothing_goes_before_every_named_peer_has_shown_that_it_holds_the_snapshot()
    {
        using TempFolder folder = new();
        PeerId first = Peer(1);
        PeerId second = Peer(2);
        CompactionOptions both = new() { Peers = [first, second] };
        Event snapshot;
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            List<Event> typed = await typist.TypeAsync(10);
            Assert.Equal(CompactionRefusal.NoPeers, (await typist.CompactAsync(new CompactionOptions())).Refusal);
            Assert.Equal(CompactionRefusal.NoSnapshot, (await typist.CompactAsync()).Refusal);
            snapshot = await typist.SnapshotAsync();
            CompactionReport refused = await typist.CompactAsync(both);
            Assert.Equal((CompactionRefusal.NotAcknowledged, snapshot.Cid), (refused.Refusal, refused.Snapshot));
            Assert.Equal([first, second], refused.Waiting);

            await typist.Replica.ShownHeadsAsync(first, [snapshot.Cid]);
            await typist.Replica.ShownHeadsAsync(second, [typed[^1].Cid]); // stands below the snapshot
            Assert.Equal([second], (await typist.CompactAsync(both)).Waiting);
        }

        await using (Typist again = await Typist.OpenAsync(folder))
        {
            Assert.Equal([second], (await again.CompactAsync(both)).Waiting); // the first was not forgotten
            Event above = await again.TypeAsync("above");
            await again.Replica.ShownHeadsAsync(second, [above.Cid]);
            CompactionReport done = await again.CompactAsync(both);
            Assert.Equal((CompactionRefusal.None, 9L), (done.Refusal, done.Events));
        }
    }

    [Fact]
    public async Task Who_brings_in_a_sync_session_what_stands_on_a_snapshot_holds_it_and_who_passes_gossip_on_does_not()
    {
        using TempFolder folder = new();
        PeerId peer = Peer(1);
        await using MemoryEventStore elsewhere = new(new SeededChance(9));
        await using Replica other = await Typist.ReplicaOf(elsewhere);
        await using Typist typist = await Typist.OpenAsync(folder);
        await typist.TypeAsync(10);
        Event snapshot = await typist.SnapshotAsync();
        IReadOnlyList<Event> all = await typist.Replica.ViewAtAsync([snapshot.Cid]);
        await other.InsertPackAsync([.. all.Select(static e => e.Bytes)]);
        Event reply = await other.AppendEventAsync(new EventDraft { Type = "note" });
        CompactionOptions options = new() { Peers = [peer] };

        Assert.Equal(CompactionRefusal.NotAcknowledged, (await typist.CompactAsync(options)).Refusal);
        await typist.Replica.InsertPackAsync([reply.Bytes], peer);
        Assert.Equal(CompactionRefusal.None, (await typist.CompactAsync(options)).Refusal);
    }

    [Fact]
    public async Task What_others_need_whole_stays_whole()
    {
        using TempFolder folder = new();
        await using Typist typist = await Typist.OpenAsync(folder);
        await typist.TypeAsync(5);
        byte[] payload = [1, 2, 3];
        await typist.Store.Blocks.PutAsync(new(Cid.ForRaw(payload), payload), default);
        Event first = await typist.SnapshotAsync();
        Event named = await typist.Replica.AppendEventAsync(new EventDraft { Type = "file", Body = LinkBody(Cid.ForRaw(payload)) });
        Event plain = await typist.Replica.AppendEventAsync(new EventDraft { Type = "note" });
        await using MemoryEventStore elsewhere = new(new SeededChance(9));
        await using Replica other = await Typist.ReplicaOf(elsewhere);
        Event quiet = await other.AppendEventAsync(new EventDraft { Type = "note" });
        await typist.Replica.InsertBlockAsync(quiet.Bytes);
        await typist.Replica.AppendEventAsync(new EventDraft { Type = "merge" });
        Event newest = await typist.SnapshotAsync();

        Assert.Equal(newest.Cid, (await typist.CompactAsync()).Snapshot);
        Assert.Null(await typist.Store.Blocks.GetAsync(plain.Cid, default));
        Assert.NotNull(await typist.Store.Blocks.GetAsync(first.Cid, default)); // a snapshot
        Assert.NotNull(await typist.Store.Blocks.GetAsync(named.Cid, default)); // names data: the collector looks for links in the blocks
        Assert.NotNull(await typist.Store.Blocks.GetAsync(quiet.Cid, default)); // newest of its author
        Assert.True(await typist.Store.Blocks.HasAsync(newest.Previous, default)); // named by the cut
    }

    [Fact]
    public async Task A_later_snapshot_replaces_an_earlier_one_whose_data_the_collector_takes()
    {
        using TempFolder folder = new();
        List<Event> typed;
        Cid old;
        Cid current;
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            typed = await typist.TypeAsync(30);
            old = DataOf(await typist.SnapshotAsync());
            await typist.CompactAsync();
            typed.AddRange(await typist.TypeAsync(30));
            current = DataOf(await typist.SnapshotAsync());
            Assert.Equal(30, (await typist.CompactAsync()).Events); // with the head of the first cut
        }

        StoreCollection gone = (await StoreCollector.CollectAsync(folder.Path, unpinned: true, compact: true))!;
        Assert.Equal(1, gone.Blocks);
        await using (Typist again = await Typist.OpenAsync(folder))
        {
            Assert.Null(await again.Store.GetBlockAsync(old, default));
            Assert.NotNull(await again.Store.GetBlockAsync(current, default));
            await AssertReadsAsync(again.Replica, typed);
        }

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        Assert.True((await inspector.VerifyAsync(default)).IsSound);
    }

    [Fact]
    public async Task A_backup_of_a_compacted_store_has_every_event()
    {
        using TempFolder folder = new();
        await using Typist typist = await Typist.OpenAsync(folder);
        List<Event> typed = await typist.TypeAsync(30);
        await typist.SnapshotAsync();
        await typist.CompactAsync();
        using MemoryStream car = new();
        using (StoreInspector inspector = StoreInspector.Open(folder.Path)!)
        {
            Assert.Empty((await inspector.BackUpAsync(car, default)).Missing);
        }

        using TempFolder other = new();
        await using SqliteEventStore restored = StoreTests.Open(other);
        car.Position = 0;
        RestoreReport taken = (await StoreRestore.RunAsync(car, restored, default))!;
        Assert.Equal((31L, 0L), (taken.Events, taken.Refused));
        foreach (Event item in typed)
        {
            Assert.True(await restored.Blocks.HasAsync(item.Cid, default));
        }
    }

    [Theory]
    [InlineData("UPDATE block SET bytes = CAST(substr(bytes, 1, 400) || x'00' || substr(bytes, 401) AS BLOB) WHERE LENGTH(bytes) > 1500", StoreProblemKind.BlockCorrupt)]
    [InlineData("UPDATE event SET links = CAST(x'0000' || links AS BLOB) WHERE links IS NOT NULL AND seq = 5", StoreProblemKind.EventRow)]
    [InlineData("UPDATE event SET seq = seq + 100 WHERE links IS NOT NULL AND seq = 5", StoreProblemKind.EventRow)]
    [InlineData("DELETE FROM archive", StoreProblemKind.BlockMissing)]
    [InlineData("DELETE FROM block WHERE LENGTH(bytes) > 1500", StoreProblemKind.BlockMissing)]
    [InlineData("DELETE FROM log WHERE block = (SELECT block FROM event WHERE seq = 5)", StoreProblemKind.LogOrder)]
    public async Task Damage_in_a_compacted_store_is_found_by_name(string damage, StoreProblemKind kind)
    {
        using TempFolder folder = new();
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            await typist.TypeAsync(30);
            await typist.SnapshotAsync();
            await typist.CompactAsync();
        }

        StoreTests.Sql(folder, damage);
        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        StoreReport report = await inspector.VerifyAsync(default);
        Assert.False(report.IsSound);
        Assert.Contains(report.Problems, problem => problem.Kind == kind);
    }

    [Fact]
    public async Task When_the_snapshot_rots_its_events_are_missing_by_name_and_a_peer_brings_them_back()
    {
        using TempFolder folder = new();
        List<Event> typed;
        EventDigest frontier;
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            typed = await typist.TypeAsync(30);
            await typist.SnapshotAsync();
            await typist.CompactAsync();
            frontier = typist.Replica.Status.FrontierHash;
        }

        StoreTests.Sql(folder, "UPDATE block SET bytes = CAST(substr(bytes, 1, 400) || x'00' || substr(bytes, 401) AS BLOB) WHERE LENGTH(bytes) > 1500");
        await using SqliteEventStore store = StoreTests.Open(folder);
        await using Replica replica = await Typist.ReplicaOf(store);
        Assert.Equal(0, replica.Status.VisibleCount);
        Assert.Contains(typed[28].Cid, await replica.FindMissingLinksAsync());
        await replica.InsertPackAsync([.. typed.Select(static e => e.Bytes)]);
        Assert.Equal(frontier, replica.Status.FrontierHash);
        await AssertReadsAsync(replica, typed);
    }

    [Fact]
    public async Task The_store_itself_keeps_heads_what_waits_and_what_it_does_not_know()
    {
        using TempFolder folder = new();
        await using MemoryEventStore elsewhere = new(new SeededChance(9));
        await using Replica other = await Typist.ReplicaOf(elsewhere);
        await other.AppendEventAsync(new EventDraft { Type = "note" });
        Event waits = await other.AppendEventAsync(new EventDraft { Type = "note" });
        await using Typist typist = await Typist.OpenAsync(folder);
        List<Event> typed = await typist.TypeAsync(3);
        Event snapshot = await typist.SnapshotAsync();
        Assert.Equal(EventVerdictKind.Pending, (await typist.Replica.InsertBlockAsync(waits.Bytes)).Kind);
        StoreCompaction wild = new() { Document = RecordedRun.Document.Cid, Snapshot = snapshot.Cid, Events = [snapshot.Cid, waits.Cid, Cid.ForDagCbor([0xa0]), typed[0].Cid] };

        Assert.Equal(0, (await typist.Store.CompactAsync(wild with { Document = Cid.ForDagCbor([0xa0]) }, default)).Events);
        Assert.Equal(new StoreCompacted(1, typed[0].Bytes.Length), await typist.Store.CompactAsync(wild, default));
        Assert.True(await typist.Store.Blocks.HasAsync(snapshot.Cid, default));
        Assert.True(await typist.Store.Blocks.HasAsync(waits.Cid, default));
    }

    [Fact]
    public async Task What_rots_while_the_document_is_open_is_named_by_the_query()
    {
        using TempFolder folder = new();
        await using Typist typist = await Typist.OpenAsync(folder);
        List<Event> typed = await typist.TypeAsync(30);
        await typist.SnapshotAsync();
        await typist.CompactAsync();
        StoreTests.Sql(folder, "DELETE FROM block WHERE LENGTH(bytes) > 1500");

        EventPage page = await typist.Replica.QueryAsync(new EventQuery { Type = "seq" });
        Assert.Equal(typed[^1].Cid, Assert.Single(page.Events).Cid);
        Assert.Equal(typed.Take(29).Select(static e => e.Cid), page.Unreadable);
    }

    [Fact]
    public async Task A_payload_in_a_block_of_its_own_can_be_erased_and_the_rest_still_verifies()
    {
        using TempFolder folder = new();
        byte[] payload = [.. "a secret that must go, and of which nothing may stay on the disk"u8];
        Cid cid = Cid.ForRaw(payload);
        Cid data;
        Event named;
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            await typist.TypeAsync(5);
            await typist.Store.Blocks.PutAsync(new(cid, payload), default);
            named = await typist.Replica.AppendEventAsync(new EventDraft { Type = "file", Body = LinkBody(cid) });
            data = DataOf(await typist.SnapshotAsync());
            await typist.CompactAsync();
        }

        Assert.Equal(PayloadDrop.Event, PayloadDropper.Drop(folder.Path, named.Cid));
        Assert.Equal(PayloadDrop.Event, PayloadDropper.Drop(folder.Path, RecordedRun.Document.Cid));
        Assert.Equal(PayloadDrop.Archive, PayloadDropper.Drop(folder.Path, data));
        Assert.Equal(PayloadDrop.Dropped, PayloadDropper.Drop(folder.Path, cid));
        Assert.Equal(PayloadDrop.Absent, PayloadDropper.Drop(folder.Path, cid));
        foreach (string file in Directory.EnumerateFiles(folder.Path))
        {
            Assert.Equal(-1, (await File.ReadAllBytesAsync(file)).AsSpan().IndexOf(payload));
        }

        using (StoreInspector inspector = StoreInspector.Open(folder.Path)!)
        {
            Assert.True((await inspector.VerifyAsync(default)).IsSound);
        }

        await using Typist again = await Typist.OpenAsync(folder);
        Assert.Null(await again.Store.GetBlockAsync(cid, default));
        Assert.NotNull(await again.Store.GetBlockAsync(named.Cid, default));
    }

    [Fact]
    public async Task Whatever_call_fails_during_a_compaction_nothing_is_lost_and_it_is_finished_later()
    {
        using TempFolder whole = new();
        List<Event> typed;
        await using (Typist typist = await Typist.OpenAsync(whole))
        {
            typed = await typist.TypeAsync(12);
            await typist.SnapshotAsync();
        }

        int failures = 0;
        int calls = 0;
        for (int failing = 0; failing <= calls; failing++) // the first only counts the calls
        {
            using TempFolder folder = whole.Copy();
            int left = int.MaxValue;
            int made = 0;
            StorageOptions failsOnce = new()
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
            await using (Typist typist = await Typist.OpenAsync(folder, failsOnce))
            {
                (left, made) = (failing, 0);
                try
                {
                    await typist.CompactAsync();
                }
                catch (StoreException failed)
                {
                    failures++;
                    Assert.Equal(StoreError.Io, failed.Error);
                }

                calls = Math.Max(calls, made);
            }

            await using (Typist again = await Typist.OpenAsync(folder))
            {
                await AssertReadsAsync(again.Replica, typed);
                await again.CompactAsync();
                await AssertReadsAsync(again.Replica, typed);
            }

            using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
            StoreReport report = await inspector.VerifyAsync(default);
            Assert.True(report.IsSound, report.IsSound ? null : report.Problems[0].Text);
            Assert.Equal(11, report.Dropped);
        }

        Assert.True(calls > 20 && failures == calls, $"{failures} of {calls} calls failed.");
    }

    internal static async Task AssertReadsAsync(Replica replica, IReadOnlyList<Event> expected)
    {
        IReadOnlyList<Event> got = await replica.GetEventsAsync([.. expected.Select(static e => e.Cid)]);
        Assert.Equal(expected.Select(static e => e.Cid), got.Select(static e => e.Cid));
        Assert.All(expected.Zip(got), static pair => Assert.True(pair.First.Bytes.Span.SequenceEqual(pair.Second.Bytes.Span)));
        EventPage page = await replica.QueryAsync(new EventQuery { Type = "seq", Limit = EventQuery.LimitMax, Order = QueryOrder.Canonical });
        Assert.Equal(expected.Count, page.Events.Count(e => expected.Any(x => x.Cid == e.Cid)));
        List<Cid> seen = [];
        await foreach (ReplicaChange change in replica.Changes())
        {
            seen.Add(change.Event.Cid);
            if (seen.Count == replica.Status.VisibleCount)
            {
                break;
            }
        }

        Assert.Subset(seen.ToHashSet(), expected.Select(static e => e.Cid).ToHashSet());
    }

    internal static Cid DataOf(Event snapshot) =>
        SnapBody.TryRead(snapshot.Body, out SnapBody? body) == InvalidReason.None ? body!.Data : throw new InvalidOperationException("Not a snapshot.");

    private static PeerId Peer(ulong seed)
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(seed));
        return PeerId.FromKeyProtobuf(new KeySigner(key).Author.Span);
    }

    internal static byte[] LinkBody(Cid cid)
    {
        P2P.Core.Encoding.DagCborWriter writer = new(64);
        writer.WriteMapStart(1);
        writer.WriteText("x"u8);
        writer.WriteCid(cid);
        return writer.ToArray();
    }
}
