using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Tables;
using P2P.Crdt.Replication;

namespace P2P.Storage.Tests;

/// <summary>The two tables of the federation survive, and their rows come with the events they speak of.</summary>
public sealed class FederationTableTests
{
    private static readonly Genesis s_document = Genesis.Create("test", "federated");

    [Fact]
    public async Task Positions_of_a_peer_are_written_with_the_events_and_rows_survive_a_restart()
    {
        using TempFolder folder = new();
        PeerId peer = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(5)).PublicKey.PeerId;
        List<Event> chain = [];
        await using (MemoryEventStore memory = new(new SeededChance(6)))
        {
            await using Replica author = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = memory });
            for (int i = 0; i < 5; i++)
            {
                chain.Add(await author.AppendEventAsync(new EventDraft { Type = "note" }));
            }
        }

        SnapshotRow row = new(chain[4].Cid, s_document.Cid, [chain[3].Cid], 4, EventDigest.Sha256([1]), EventDigest.Sha256([2]), "test");
        await using (SqliteEventStore store = SqliteEventStore.Open(folder.Path, new StorageOptions(), new SeededChance(7), PoolSpawner.Instance))
        {
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });
            await replica.InsertPackAsync([.. chain.Take(3).Select(static e => e.Bytes)], peer);
            Assert.Equal(3UL, Assert.Single(await store.Federation.PositionsAsync(s_document.Cid, CancellationToken.None)).Sequence);
            await replica.InsertPackAsync([.. chain.Skip(3).Select(static e => e.Bytes)], peer);
            await store.Federation.PutSnapshotAsync(row, CancellationToken.None);
        }

        await using SqliteEventStore again = SqliteEventStore.Open(folder.Path, new StorageOptions(), new SeededChance(8), PoolSpawner.Instance);
        PeerPosition position = Assert.Single(await again.Federation.PositionsAsync(s_document.Cid, CancellationToken.None));
        Assert.Equal((peer.ToString(), chain[0].Cid, 5UL, chain[4].Cid), (position.Peer, position.Branch, position.Sequence, position.Cid));
        SnapshotRow read = Assert.Single(await again.Federation.SnapshotsAsync(s_document.Cid, CancellationToken.None));
        Assert.Equal(row.Cut, read.Cut);
        Assert.Equal(row with { Cut = Array.Empty<Cid>() }, read with { Cut = Array.Empty<Cid>() });
    }
}
