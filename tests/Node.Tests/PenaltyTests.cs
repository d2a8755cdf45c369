using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Sync;
using P2P.Node.Documents;
using P2P.Node.Peers;
using P2P.Testing;
using P2P.Transport.Connections;

namespace P2P.Node.Tests;

/// <summary>What a peer does wrong counts for the whole node, and ends.</summary>
public sealed class PenaltyTests
{
    private readonly ManualTime _time = new();
    private readonly List<PeerId> _banned = [];

    [Fact]
    public void Bad_blocks_of_all_documents_add_up_to_a_ban_that_ends()
    {
        PeerPenalties penalties = Create(new PenaltyOptions { PointsMax = 4 });
        PeerId bad = Peer(1);
        penalties.Note(bad, PeerFault.BadBlock);
        penalties.Note(Peer(2), PeerFault.BadBlock);
        penalties.Note(bad, PeerFault.BadBlock);
        penalties.Note(bad, PeerFault.BadBlock);
        Assert.Empty(_banned);

        penalties.Note(bad, PeerFault.BadBlock);
        penalties.Note(bad, PeerFault.BadBlock); // what was under way when it was cut off
        Assert.Equal([bad], _banned);
        BannedPeer told = Assert.Single(penalties.Banned);
        Assert.Equal((bad, PeerFault.BadBlock, 5, TimeSpan.FromMinutes(10)), (told.Id, told.Reason, told.BadBlocks, told.Remaining));

        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(penalties.Banned);
        penalties.Note(bad, PeerFault.BadBlock); // counted from the beginning
        Assert.Single(_banned);
    }

    [Fact]
    public async Task A_ban_by_hand_stands_beyond_the_window_of_the_penalties_until_it_is_taken_back()
    {
        PeerPenalties penalties = Create(new PenaltyOptions { PointsMax = 1 });
        await penalties.BanAsync(Peer(1), TimeSpan.FromHours(1));
        await penalties.BanAsync(Peer(1), TimeSpan.FromMinutes(1)); // the longer one stands
        _time.Advance(TimeSpan.FromMinutes(30));
        penalties.Note(Peer(1), PeerFault.BadBlock); // what was under way
        BannedPeer told = Assert.Single(penalties.Banned);
        Assert.Equal((Peer(1), TimeSpan.FromMinutes(30)), (told.Id, told.Remaining));

        Assert.True(penalties.Forget(Peer(1)));
        Assert.False(penalties.Forget(Peer(1)));
        Assert.Empty(penalties.Banned);
    }

    [Fact]
    public void Points_are_forgotten_and_only_what_is_the_peers_own_fault_counts()
    {
        PeerPenalties penalties = Create(new PenaltyOptions { PointsMax = 16 });
        PeerId peer = Peer(1);
        foreach (SyncRefusal refusal in new[]
            { SyncRefusal.None, SyncRefusal.Cut, SyncRefusal.Stalled, SyncRefusal.Busy, SyncRefusal.LocalFailure, SyncRefusal.PeerError, SyncRefusal.SessionBytes })
        {
            for (int i = 0; i < 10; i++)
            {
                penalties.NoteSession(peer, refusal);
            }
        }

        penalties.NoteSession(peer, SyncRefusal.Malformed);
        _time.Advance(TimeSpan.FromMinutes(11));
        penalties.NoteSession(peer, SyncRefusal.BadBlock);
        Assert.Empty(_banned);
        penalties.NoteSession(peer, SyncRefusal.Malformed);
        Assert.Equal([peer], _banned);
        Assert.Equal(2, penalties.Banned[0].BrokenSyncs);
    }

    [Fact]
    public void However_many_peers_misbehave_few_are_remembered()
    {
        PeerPenalties penalties = Create(new PenaltyOptions { PeersMax = 3, PointsMax = 2 });
        for (int i = 0; i < 10; i++)
        {
            penalties.Note(Peer(i), PeerFault.BadBlock);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        for (int i = 0; i < 10; i++)
        {
            penalties.Note(Peer(i), PeerFault.BadBlock);
        }

        Assert.True(_banned.Count <= 3, $"{_banned.Count} of 10 remembered");
    }

    [Fact]
    public async Task Who_brings_blocks_that_are_none_is_disconnected_and_refused_by_the_whole_node()
    {
        await using P2PNode honest = await TestNodes.StartAsync();
        await using P2PNode hostile = await TestNodes.StartAsync(null, [.. honest.Addresses]);
        await honest.Peers.WaitForAsync(1, TestNodes.Watchdog());
        TextDocument text = await honest.Documents.OpenAsync("target");
        await text.InsertAsync(0, "mine");
        await using IAsyncEnumerator<NodePeerEvent> changes = honest.Peers.Events(TestNodes.Watchdog()).GetAsyncEnumerator();
        Assert.True(await changes.MoveNextAsync() && changes.Current.Connected);
        for (int i = 0; i < 100 && honest.Peers.Banned.Count == 0; i++)
        {
            await BreakAsync(hostile.Parts.Network, honest.PeerId); // one that crosses a session of the honest node is not even read
        }

        while (changes.Current.Connected)
        {
            Assert.True(await changes.MoveNextAsync());
        }

        BannedPeer banned = Assert.Single(honest.Peers.Banned);
        Assert.Equal((hostile.PeerId, PeerFault.BrokenSync), (banned.Id, banned.Reason));
        Assert.InRange(banned.BrokenSyncs, 4, 5);
        TransportException refused = await Assert.ThrowsAsync<TransportException>(
            () => honest.Parts.Network.DialAsync(hostile.Addresses[0], TestNodes.Watchdog()));
        Assert.Equal(TransportError.LimitReached, refused.Error);
        Assert.Empty(honest.Peers.Connected);
        Assert.Equal("mine", text.Text);
    }

    [Fact]
    public async Task A_replica_names_who_brought_a_block_that_was_wrong_on_sight_and_nobody_else()
    {
        List<(PeerId, InvalidReason)> faults = [];
        await using Crdt.Replication.MemoryEventStore store = new(SystemChance.Instance);
        await using Crdt.Replication.Replica replica = await Crdt.Replication.Replica.OpenAsync(new Crdt.Replication.ReplicaOptions
        {
            Genesis = Genesis.Create("test", "faults"),
            Store = store,
            OnSenderFault = (peer, verdict) => faults.Add((peer, verdict.Reason)),
        });
        Event own = await replica.AppendEventAsync(new EventDraft { Type = "note" });
        byte[] forged = own.Bytes.ToArray();
        forged[forged.AsSpan().IndexOf(own.Signature.Span)] ^= 1;

        await replica.InsertBlockAsync(own.Bytes, Peer(1)); // a duplicate costs nobody
        await replica.InsertBlockAsync(forged, Peer(2));
        await replica.InsertBlockAsync(new byte[] { 0xff }, Peer(3));
        await replica.InsertBlockAsync(new byte[] { 0xfe }); // brought by nobody
        await replica.FindMissingLinksAsync(); // one turn of the loop
        Assert.Equal([(Peer(2), InvalidReason.Signature), (Peer(3), InvalidReason.Encoding)], faults);
    }

    private static async Task BreakAsync(PeerNetwork network, PeerId target)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        PeerStream? stream = null;
        try
        {
            stream = await network.OpenStreamAsync(target, [SyncProtocol.Id], watchdog);
            await stream.Stream.WriteAsync(new byte[] { 0x02, 0xff, 0xff }, watchdog);
            byte[] rest = new byte[256];
            while (await stream.Stream.ReadAsync(rest, watchdog) > 0)
            {
                // until it is told off
            }
        }
        catch (TransportException)
        {
            // reset, or not let in any more: that is the answer
        }
        finally
        {
            stream?.Stream.Abort();
        }
    }

    private static PeerId Peer(int seed)
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance((ulong)seed));
        return key.PublicKey.PeerId;
    }

    private PeerPenalties Create(PenaltyOptions options) => new(
        options,
        (peer, _) =>
        {
            lock (_banned)
            {
                _banned.Add(peer);
            }

            return Task.CompletedTask;
        },
        (_time, new InlineSpawner(), NullLogger.Instance));

    private sealed class InlineSpawner : ISpawner
    {
        public Task StartAsync(Func<Task> body) => body();

        public Task<T> StartAsync<T>(Func<Task<T>> body) => body();

        public Task<T> OffloadAsync<T>(Func<T> work) => Task.FromResult(work());
    }
}
