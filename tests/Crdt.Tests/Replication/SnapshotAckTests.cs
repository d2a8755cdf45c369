using P2P.Core.Identity;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Tests.Replication;

/// <summary>Who holds a snapshot: what counts as having shown it.</summary>
public sealed class SnapshotAckTests
{
    private static readonly PeerId s_peer = PeerId.FromKeyProtobuf(new Author(50).Key.Span);

    [Fact]
    public void Who_passes_gossip_on_holds_nothing_and_who_brings_the_same_in_a_sync_session_holds_it()
    {
        CoreBench bench = new();
        Event snapshot = Snapshot();
        bench.Give(snapshot);
        Event first = new Author(2).Write(deps: [snapshot]);
        Event second = new Author(3).Write(deps: [snapshot]);

        bench.Step(new BlocksInput([Block(first)], s_peer, EventSource.Broadcast, null));
        Assert.NotNull(bench.Core.State.Graph.Find(first.Cid));
        Assert.False(bench.Core.Acknowledged.Has(s_peer, bench.Node(snapshot)));

        bench.Step(new BlocksInput([Block(second)], s_peer, EventSource.Sync, null));
        Assert.True(bench.Core.Acknowledged.Has(s_peer, bench.Node(snapshot)));
    }

    [Fact]
    public void Heads_below_beside_or_unknown_acknowledge_nothing_and_heads_above_do()
    {
        CoreBench bench = new();
        Event below = new Author(1).Write();
        Event snapshot = new Author(1).Write(below, change: static d => d.Type = FederationTypes.Snapshot);
        Event beside = new Author(2).Write();
        Event above = new Author(3).Write(deps: [snapshot]);
        bench.GivePack([below, snapshot, beside, above]);
        EventNode node = bench.Node(snapshot);

        bench.Step(new ShownHeadsInput(s_peer, [below.Cid, beside.Cid, new Author(9).Write().Cid]));
        Assert.False(bench.Core.Acknowledged.Has(s_peer, node));
        bench.Step(new ShownHeadsInput(default, [above.Cid]));
        Assert.False(bench.Core.Acknowledged.Has(default, node));
        bench.Step(new ShownHeadsInput(s_peer, [beside.Cid, above.Cid]));
        Assert.True(bench.Core.Acknowledged.Has(s_peer, node));
    }

    [Fact]
    public void A_full_disk_is_not_written_to_for_an_acknowledgement_and_a_used_up_quota_is_for_room_is_made_by_it()
    {
        CoreBench bench = new();
        Event snapshot = Snapshot();
        bench.Give(snapshot);
        bench.Core.Room = StoreRoom.None;
        bench.Step(new ShownHeadsInput(s_peer, [snapshot.Cid]));
        Assert.False(bench.Core.Acknowledged.Has(s_peer, bench.Node(snapshot)));
        bench.Core.Room = StoreRoom.OwnOnly;
        bench.GivePack([new Author(2).Write()]);
        Assert.Equal(1, bench.Core.PublishedCount); // not taken
        bench.Step(new ShownHeadsInput(s_peer, [snapshot.Cid]));
        Assert.True(bench.Core.Acknowledged.Has(s_peer, bench.Node(snapshot)));
    }

    [Fact]
    public void Names_without_end_are_forgotten_oldest_first()
    {
        CoreBench bench = new(static o => o with { PeersMax = 4 });
        Event snapshot = Snapshot();
        bench.Give(snapshot);
        PeerId[] peers = [.. Enumerable.Range(60, 6).Select(static i => PeerId.FromKeyProtobuf(new Author(i).Key.Span))];
        foreach (PeerId peer in peers)
        {
            bench.Step(new ShownHeadsInput(peer, [snapshot.Cid]));
        }

        Assert.Equal([false, false, true, true, true, true], peers.Select(peer => bench.Core.Acknowledged.Has(peer, bench.Node(snapshot))));
    }

    private static Event Snapshot() => new Author(1).Write(change: static d => d.Type = FederationTypes.Snapshot);

    private static IncomingBlock Block(Event item) => new(item.Bytes, default, item, SignatureVerified: true);
}
