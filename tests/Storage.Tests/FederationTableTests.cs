using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Tables;
using P2P.Crdt.Replication;
using P2P.Storage.Tests.Disk;

namespace P2P.Storage.Tests;

/// <summary>The tables of the federation survive, and their rows come with the events they speak of.</summary>
public sealed class FederationTableTests
{
    private static readonly Genesis s_document = RecordedRun.Document;
    private static readonly PeerId s_peer = Peer(5);

    [Fact]
    public async Task Positions_and_counts_of_a_peer_are_written_with_the_events_and_rows_survive_a_restart()
    {
        using TempFolder folder = new();
        List<Event> chain = await StoreTests.ChainAsync(5, s_document);
        List<Event> other = await OtherChainAsync();
        SnapshotRow row = new(chain[4].Cid, s_document.Cid, [chain[3].Cid], 4, EventDigest.Sha256([1]), EventDigest.Sha256([2]), "test");
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            await using Replica replica = await OpenAsync(store);
            await replica.InsertPackAsync(Pack(chain[..3]), s_peer);
            Assert.Equal(3UL, Assert.Single(await store.Federation.PositionsAsync(s_document.Cid, default)).Sequence);
            await replica.InsertPackAsync([.. Pack(chain[..1]), new byte[] { 0xff }, .. Pack(chain[4..])], s_peer); // known, rubbish, too early
            await replica.InsertPackAsync(Pack(other), Peer(6));
            await replica.InsertPackAsync(Pack(chain[3..4]), s_peer);
            await store.Federation.PutSnapshotAsync(row, default);
        }

        await using SqliteEventStore again = StoreTests.Open(folder);
        IReadOnlyList<PeerPosition> positions = await again.Federation.PositionsAsync(s_document.Cid, default);
        Assert.Equal(2, positions.Count); // one number an author's branch, never one a peer
        PeerPosition position = Assert.Single(positions, static p => p.Peer == s_peer.ToString());
        Assert.Equal((chain[0].Cid, 5UL, chain[4].Cid), (position.Branch, position.Sequence, position.Cid)); // the fifth came early, and counts once the fourth is there
        PeerDeliveries deliveries = Assert.Single(await again.Federation.DeliveriesAsync(s_document.Cid, default), static d => d.Peer == s_peer.ToString());
        Assert.Equal((3L, 4L, 1L, 1L, 1L, 1L), (deliveries.Packs, deliveries.Accepted, deliveries.Duplicate, deliveries.Pending, deliveries.Invalid, deliveries.Faults));
        Assert.Equal(chain.Sum(static e => (long)e.Bytes.Length) + chain[0].Bytes.Length + 1, deliveries.Bytes);
        Assert.True(deliveries.LastAt > 0);
        SnapshotRow read = Assert.Single(await again.Federation.SnapshotsAsync(s_document.Cid, default));
        Assert.Equal(row.Cut, read.Cut);
        Assert.Equal(row with { Cut = Array.Empty<Cid>() }, read with { Cut = Array.Empty<Cid>() });
    }

    [Fact]
    public async Task After_a_power_loss_at_any_moment_the_rows_speak_of_exactly_the_events_that_are_there()
    {
        using TempFolder recorded = TempFolder.InMemory();
        RecordedDisk disk = new();
        RecordingVfs.Attach(recorded.Path, disk);
        SeededChance chance = new(Scale.Seed);
        List<Event> chain = await StoreTests.ChainAsync(60, s_document);
        await using (SqliteEventStore store = StoreTests.Open(recorded, new StorageOptions { Vfs = RecordingVfs.Name, CheckpointBytes = 65_536 }))
        {
            await using Replica replica = await OpenAsync(store);
            for (int from = 0, until; from < chain.Count; from = until)
            {
                until = Math.Min(chain.Count, from + 1 + chance.Below(3));
                await replica.InsertPackAsync(Pack(chain[from..until]), s_peer);
            }
        }

        DiskReplay replay = new(disk.Log);
        using TempFolder folder = TempFolder.InMemory();
        HashSet<int> seen = [];
        foreach (int moment in Enumerable.Range(0, Scale.Of(60, 1_000)).Select(_ => chance.Below(disk.Log.Count) + 1).Order())
        {
            replay.AdvanceTo(moment);
            folder.Empty();
            replay.WriteDisk(folder.Path, chance);
            await using SqliteEventStore store = StoreTests.Open(folder);
            await using Replica replica = await OpenAsync(store);
            int applied = (int)replica.Status.AppliedCount;
            PeerPosition? position = (await store.Federation.PositionsAsync(s_document.Cid, default)).SingleOrDefault();
            PeerDeliveries? deliveries = (await store.Federation.DeliveriesAsync(s_document.Cid, default)).SingleOrDefault();
            Assert.Equal((moment, (ulong)applied, (long)applied), (moment, position?.Sequence ?? 0, deliveries?.Accepted ?? 0));
            Assert.Equal(applied == 0 ? default : chain[applied - 1].Cid, position?.Cid ?? default);
            seen.Add(applied);
        }

        Assert.True(seen.Count > 10, $"Only {seen.Count} different disks: the test shows little.");
    }

    [Fact]
    public async Task A_store_from_before_the_step_keeps_the_rows_it_has()
    {
        using TempFolder folder = new();
        await using (SqliteEventStore old = StoreTests.Open(folder, new StorageOptions { SchemaVersionMax = 2 }))
        {
        }

        Assert.Equal(2L, StoreTests.Sql(folder, "PRAGMA user_version"));
        Cid cid = Cid.ForDagCbor([0xa0]);
        string hex = Convert.ToHexString(cid.Bytes);
        StoreTests.Sql(folder, "CREATE TABLE federation_log(doc BLOB NOT NULL, peer TEXT NOT NULL, author BLOB NOT NULL, branch BLOB NOT NULL, "
            + "seq INTEGER NOT NULL, cid BLOB NOT NULL, PRIMARY KEY(doc, peer, author, branch)) WITHOUT ROWID");
        StoreTests.Sql(folder, $"INSERT INTO federation_log VALUES(x'{hex}', 'somebody', x'00', x'{hex}', 7, x'{hex}')");
        await using SqliteEventStore store = StoreTests.Open(folder);
        Assert.Equal(7UL, Assert.Single(await store.Federation.PositionsAsync(cid, default)).Sequence);
        Assert.Empty(await store.Federation.DeliveriesAsync(cid, default));
        Assert.Equal((long)StoreSchema.Version, StoreTests.Sql(folder, "PRAGMA user_version"));
    }

    [Fact]
    public async Task Peers_that_come_and_go_are_kept_up_to_a_number_and_the_oldest_is_forgotten()
    {
        using TempFolder folder = new();
        Cid document = s_document.Cid;
        await using SqliteEventStore store = StoreTests.Open(folder);
        await using Replica replica = await OpenAsync(store); // the document is in the store
        for (int first = 0; first < FederationTables.PeersMax + 200; first += 100)
        {
            PeerDeliveries[] some = [.. Enumerable.Range(first, 100).Select(n => new PeerDeliveries($"peer {n:d5}", document) { LastAt = (ulong)n, Packs = 1 })];
            await store.CommitAsync(new StoreBatch { Document = document, Deliveries = some }, default);
        }

        IReadOnlyList<PeerDeliveries> kept = await store.Federation.DeliveriesAsync(document, default);
        Assert.Equal(FederationTables.PeersMax, kept.Count);
        Assert.Equal((ulong)(1_300 - FederationTables.PeersMax), kept.Min(static k => k.LastAt));
    }

    private static async Task<List<Event>> OtherChainAsync()
    {
        await using MemoryEventStore memory = new(new SeededChance(78));
        await using Replica writer = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = memory });
        return [await writer.AppendEventAsync(new EventDraft { Type = "note" }), await writer.AppendEventAsync(new EventDraft { Type = "note" })];
    }

    private static PeerId Peer(ulong seed) => PrivateKey.Generate(KeyType.Ed25519, new SeededChance(seed)).PublicKey.PeerId;

    private static Task<Replica> OpenAsync(SqliteEventStore store) => Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });

    private static ReadOnlyMemory<byte>[] Pack(IEnumerable<Event> events) => [.. events.Select(static e => e.Bytes)];
}
