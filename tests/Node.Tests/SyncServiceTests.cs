using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Adapters;
using P2P.Node.Documents;
using P2P.Testing.Network;

namespace P2P.Node.Tests;

/// <summary>Sync sessions over streams, with real replicas and loops.</summary>
public sealed class SyncServiceTests
{
    private static readonly (TimeProvider, ISpawner, IChance) s_runtime = (SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance);

    [Fact]
    public async Task A_replica_that_is_far_behind_catches_up_in_one_session()
    {
        await using Side ahead = await Side.StartAsync(new LocalNetwork());
        await using Side behind = await Side.StartAsync(ahead.Network);
        for (int i = 0; i < 1_500; i++)
        {
            await ahead.Replica.AppendEventAsync(new EventDraft { Type = "note" });
        }

        await behind.Sync.SyncAsync(ahead.Node.LocalPeer, behind.Replica.Document, TestNodes.Watchdog());

        Assert.Equal(ahead.Replica.Status.FrontierHash, behind.Replica.Status.FrontierHash);
        Assert.Equal(1, behind.Sync.Refused(SyncRefusal.None));
        await behind.Replica.FindMissingLinksAsync(); // one turn of the loop
        Assert.Equal((1, SyncState.Confirmed), (behind.Replica.Status.ConfirmedBy, behind.Replica.Status.SyncState));
        Assert.Equal(0, ahead.Replica.Status.ConfirmedBy); // it was shown the frontier of before
    }

    [Fact]
    public async Task Two_that_open_at_once_end_equal()
    {
        await using Side left = await Side.StartAsync(new LocalNetwork());
        await using Side right = await Side.StartAsync(left.Network);
        for (int i = 0; i < 300; i++)
        {
            await left.Replica.AppendEventAsync(new EventDraft { Type = "note" });
            await right.Replica.AppendEventAsync(new EventDraft { Type = "note" });
        }

        await Task.WhenAll(
            left.Sync.SyncAsync(right.Node.LocalPeer, left.Replica.Document, TestNodes.Watchdog()),
            right.Sync.SyncAsync(left.Node.LocalPeer, left.Replica.Document, TestNodes.Watchdog()));

        Assert.Equal(600, left.Replica.Status.AppliedCount);
        Assert.Equal(left.Replica.Status.FrontierHash, right.Replica.Status.FrontierHash);
    }

    [Fact]
    public async Task A_document_that_is_not_open_there_and_a_peer_that_is_away_end_the_wait_without_harm()
    {
        LocalNetwork network = new();
        await using Side here = await Side.StartAsync(network);
        await using Side there = await Side.StartAsync(network);
        there.Sync.Remove(there.Replica.Document);
        await here.Replica.AppendEventAsync(new EventDraft { Type = "note" });

        await here.Sync.SyncAsync(there.Node.LocalPeer, here.Replica.Document, TestNodes.Watchdog());
        Assert.Equal(0, there.Replica.Status.AppliedCount);

        network.Cut(here.Node, there.Node);
        await here.Sync.SyncAsync(there.Node.LocalPeer, here.Replica.Document, TestNodes.Watchdog());
        Assert.Equal(1, here.Replica.Status.AppliedCount);
    }

    [Fact]
    public async Task What_could_not_be_named_because_there_was_no_stream_is_named_again()
    {
        await using Side here = await Side.StartAsync(new LocalNetwork());
        await using Side there = await Side.StartAsync(here.Network);
        here.Dormant.Books.Connected(there.Node.LocalPeer, isLeading: true);
        await there.Sync.DisposeAsync(); // as a node that listens already and does not serve yet

        here.Sync.Compare(there.Node.LocalPeer, byDigest: false);
        await here.Sync.SyncAsync(there.Node.LocalPeer, here.Replica.Document, TestNodes.Watchdog());

        Assert.Equal([there.Node.LocalPeer], here.Dormant.Books.Unfinished());
    }

    [Fact]
    public async Task Sessions_opened_here_wait_for_their_turn_and_none_is_dropped()
    {
        LocalNetwork network = new();
        await using Side here = await Side.StartAsync(network, new SyncOptions { OutgoingSessionsMax = 1 });
        List<Side> others = [];
        for (int i = 0; i < 6; i++)
        {
            others.Add(await Side.StartAsync(network));
            await others[i].Replica.AppendEventAsync(new EventDraft { Type = "note" });
        }

        await Task.WhenAll(others.Select(other => here.Sync.SyncAsync(other.Node.LocalPeer, here.Replica.Document, TestNodes.Watchdog())));

        Assert.Equal(others.Count, here.Replica.Status.AppliedCount);
        Assert.Equal(0, here.Sync.Refused(SyncRefusal.Busy));
        foreach (Side other in others)
        {
            await other.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_document_that_broke_after_a_good_session_is_not_the_sessions_failure()
    {
        await using Side here = await Side.StartAsync(new LocalNetwork());
        await using MemoryEventStore store = new(SystemChance.Instance);
        Replica broken = await Replica.OpenAsync(
            new ReplicaOptions { Genesis = Genesis.Create("test", "broken"), Store = store, TypeRules = [new ThrowingRules()] });
        here.Sync.Add(broken);
        await Assert.ThrowsAsync<ReplicaException>(() => broken.AppendEventAsync(new EventDraft { Type = "odd" }));
        Assert.Equal(ReplicaError.Internal, (await Assert.ThrowsAsync<ReplicaException>(() => broken.FindMissingLinksAsync())).Error);

        await here.Sync.TellAsync(broken.Document, here.Node.LocalPeer, []);

        here.Sync.Remove(broken.Document);
        await Assert.ThrowsAsync<ReplicaException>(() => broken.DisposeAsync().AsTask());
    }

    private sealed class ThrowingRules : IEventTypeRules
    {
        public string Type => "odd";

        public TypeVerdict Check(Event candidate, IPastView past) => throw new InvalidOperationException("the rules are broken");
    }

    private sealed class Side : IAsyncDisposable
    {
        private readonly MemoryEventStore _store = new(SystemChance.Instance);

        private Side(LocalNetwork network, SyncOptions options)
        {
            Network = network;
            Node = network.AddNode();
            Dormant = new DormantDocuments(_store, "test", _ => throw new InvalidOperationException("Nothing sleeps here."), options, (PoolSpawner.Instance, static () => []));
            Sync = new SyncService(Node, (Dormant, null), options, s_runtime, NullLogger.Instance);
        }

        public LocalNetwork Network { get; }

        public LocalNode Node { get; }

        public DormantDocuments Dormant { get; }

        public SyncService Sync { get; }

        public Replica Replica { get; private set; } = null!;

        public static async Task<Side> StartAsync(LocalNetwork network, SyncOptions? options = null)
        {
            Side side = new(network, options ?? new SyncOptions());
            side.Replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Genesis.Create("test", "sync"), Store = side._store });
            side.Sync.Add(side.Replica);
            return side;
        }

        public async ValueTask DisposeAsync()
        {
            await Sync.DisposeAsync();
            await Replica.DisposeAsync();
            await Node.DisposeAsync();
            await _store.DisposeAsync();
        }
    }
}
