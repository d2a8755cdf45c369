using Microsoft.Extensions.Logging.Abstractions;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Node.Adapters;
using P2P.Node.Documents;
using P2P.Storage;
using P2P.Testing.Network;

namespace P2P.Node.Tests;

/// <summary>Documents that are in the store and not open take part in sync sessions.</summary>
public sealed class DormantDocumentTests
{
    private const string Network = "node-tests";

    private static readonly (TimeProvider, ISpawner, IChance) s_runtime = (SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance);

    [Fact]
    public async Task Two_nodes_bring_the_documents_of_their_stores_up_to_date_though_nobody_opens_them()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-dormant-");
        string[] folders = [Path.Combine(folder.FullName, "a"), Path.Combine(folder.FullName, "b")];
        await FillAsync(folders[0], number => number < 5 ? 4 : 1, 40);
        await FillAsync(folders[1], number => number is >= 5 and < 8 ? 3 : 1, 30);
        await using (P2PNode a = await TestNodes.StartAsync(folders[0]))
        await using (P2PNode b = await TestNodes.StartAsync(folders[1], [.. a.Addresses]))
        {
            await b.Peers.WaitForAsync(1, TestNodes.Watchdog());
            (P2PNode leader, P2PNode other) = a.PeerId.CompareTo(b.PeerId) < 0 ? (a, b) : (b, a);
            await MeetAsync(leader.Parts.Dormant, other.PeerId, isLeading: true);
            await MeetAsync(other.Parts.Dormant, leader.PeerId, isLeading: false);
            await UntilAsync(
                () =>
                {
                    leader.Parts.Sync.Compare(other.PeerId, byDigest: false);
                    other.Parts.Sync.Compare(leader.PeerId, byDigest: false);
                },
                () => AreEqualAsync(a, b, 30));

            Assert.Equal((40, 30), (a.Parts.Dormant.Counts.Known, b.Parts.Dormant.Counts.Known)); // what only one has is nobody else's business

            // It changes where it is open; where it sleeps nobody listens to its topic. The digest finds it.
            TextDocument opened = await other.Documents.OpenAsync("document 20");
            await opened.InsertAsync(0, "awake");
            await opened.FlushAsync();
            await UntilAsync(
                () => leader.Parts.Sync.Compare(other.PeerId, byDigest: true),
                async () => (await SketchAsync(leader, 20)).Frontier == opened.Replica.Status.FrontierHash);
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_document_one_opens_comes_from_a_node_in_whose_store_it_sleeps()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-dormant-");
        string archive = Path.Combine(folder.FullName, "archive");
        await using (P2PNode before = await TestNodes.StartAsync(archive))
        {
            TextDocument written = await before.Documents.OpenAsync("asleep");
            await written.InsertAsync(0, "kept");
            await written.FlushAsync();
        }

        await using (P2PNode keeper = await TestNodes.StartAsync(archive))
        await using (P2PNode reader = await TestNodes.StartAsync(null, [.. keeper.Addresses]))
        {
            await reader.Peers.WaitForAsync(1, TestNodes.Watchdog());
            await MeetAsync(keeper.Parts.Dormant, reader.PeerId, isLeading: keeper.PeerId.CompareTo(reader.PeerId) < 0);
            await MeetAsync(reader.Parts.Dormant, keeper.PeerId, isLeading: reader.PeerId.CompareTo(keeper.PeerId) < 0);
            TextDocument text = await reader.Documents.OpenAsync("asleep");
            await TestNodes.UntilAsync(text, static t => t == "kept");
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task However_many_differ_only_a_few_are_awake_at_a_time_and_none_afterwards()
    {
        LocalNetwork network = new();
        SyncOptions options = new() { DormantAwakeMax = 4 };
        await using Keeper left = await Keeper.StartAsync(network, options, number => number % 3 == 0 ? 3 : 1, 90);
        await using Keeper right = await Keeper.StartAsync(network, options, number => number % 5 == 0 ? 2 : 1, 90);
        left.Documents.Books.Connected(right.Node.LocalPeer, isLeading: true);
        right.Documents.Books.Connected(left.Node.LocalPeer, isLeading: false);

        left.Sync.Compare(right.Node.LocalPeer, byDigest: true);
        await left.Sync.SyncAsync(right.Node.LocalPeer, Document(0).Cid, TestNodes.Watchdog());
        await left.Sync.SyncAsync(right.Node.LocalPeer, Document(0).Cid, TestNodes.Watchdog());

        Assert.Equal(0, left.TooManyAwake + right.TooManyAwake);
        Assert.True(left.Woken >= 42, $"{left.Woken} woken");
        for (int i = 0; i < 90; i++)
        {
            Assert.True((await left.SketchAsync(i)).Matches(await right.SketchAsync(i)), $"document {i}");
        }

        Assert.Equal(0, left.Documents.Counts.Awake);
        Assert.Equal(90, left.Documents.Books.SharedCount(right.Node.LocalPeer));
        Assert.Equal(0, left.Sync.Refused(SyncRefusal.LocalFailure) + right.Sync.Refused(SyncRefusal.LocalFailure));
    }

    [Fact]
    public async Task A_document_that_somebody_opens_is_closed_for_sessions_first_and_has_one_replica()
    {
        await using Keeper keeper = await Keeper.StartAsync(new LocalNetwork(), new SyncOptions(), static _ => 2, 1);
        SyncLease lease = await keeper.Documents.LeaseAsync(Document(0).Cid, default);
        Assert.Equal(2, lease.Replica!.Status.AppliedCount);

        await keeper.Documents.TakeAsync(Document(0));
        await Assert.ThrowsAsync<ReplicaException>(() => lease.Replica.FindMissingLinksAsync()); // closed under the session
        lease.Dispose();
        Assert.Null((await keeper.Documents.LeaseAsync(Document(0).Cid, default)).Replica); // nobody wakes it behind the back of whoever opens it

        keeper.Documents.Closed(Document(0).Cid);
        using SyncLease again = await keeper.Documents.LeaseAsync(Document(0).Cid, default);
        Assert.Equal(2, again.Replica!.Status.AppliedCount);
    }

    [Fact]
    public async Task A_document_that_its_user_leaves_is_closed_for_sessions_before_anything_else_happens()
    {
        await using Keeper keeper = await Keeper.StartAsync(new LocalNetwork(), new SyncOptions(), static _ => 2, 1);
        using SyncLease lease = await keeper.Documents.LeaseAsync(Document(0).Cid, default);

        await keeper.Documents.LeaveAsync(Document(0).Cid);

        await Assert.ThrowsAsync<ReplicaException>(() => lease.Replica!.AppendEventAsync(new EventDraft { Type = "note" }));
        Assert.Null((await keeper.Documents.LeaseAsync(Document(0).Cid, default)).Replica);
        Assert.Equal(0, keeper.Documents.Counts.Awake);
    }

    [Fact]
    public async Task A_document_that_could_not_be_woken_can_be_opened_whatever_the_fault_was()
    {
        await using MemoryEventStore store = new(SystemChance.Instance);
        await FillAsync(store, static _ => 1, 1);
        await using DormantDocuments documents = new(store, Network, static _ => throw new InvalidOperationException("a fault"), new SyncOptions(), (PoolSpawner.Instance, static () => []));
        await documents.LoadAsync(TestNodes.Watchdog());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await documents.LeaseAsync(Document(0).Cid, default));

        await documents.TakeAsync(Document(0));
        await documents.LeaveAsync(Document(0).Cid);
    }

    [Fact]
    public async Task A_document_of_another_network_or_one_that_is_not_held_is_not_spoken_of()
    {
        await using Keeper keeper = await Keeper.StartAsync(new LocalNetwork(), new SyncOptions(), static _ => 1, 1);
        foreach (Genesis other in new[] { Genesis.Create("elsewhere", "document 0"), Document(77) })
        {
            Assert.Null(await keeper.Documents.SketchAsync(other.Cid, default));
            Assert.Null((await keeper.Documents.LeaseAsync(other.Cid, default)).Replica);
        }
    }

    private static Genesis Document(int number) => Genesis.Create(Network, $"document {number}");

    private static async Task MeetAsync(DormantDocuments documents, PeerId peer, bool isLeading)
    {
        await documents.LoadAsync(TestNodes.Watchdog()); // as the node does in the background
        documents.Books.Connected(peer, isLeading);
    }

    // The nodes have timers and sessions of their own, which may come first or cross ours: one more session, until it is so.
    private static async Task UntilAsync(Action compare, Func<Task<bool>> condition)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        do
        {
            compare();
            await Task.Delay(50, watchdog);
        }
        while (!await condition());
    }

    private static async Task<bool> AreEqualAsync(P2PNode a, P2PNode b, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!(await SketchAsync(a, i)).Matches(await SketchAsync(b, i)))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<DocumentSketch> SketchAsync(P2PNode node, int number) => await SketchAsync(node.Parts.Dormant, Document(number).Cid);

    private static async Task<DocumentSketch> SketchAsync(DormantDocuments documents, Cid document)
    {
        if (await documents.SketchAsync(document, TestNodes.Watchdog()) is DocumentSketch sketch)
        {
            return sketch;
        }

        using SyncLease lease = await documents.LeaseAsync(document, TestNodes.Watchdog());
        return await DocumentSketch.OfAsync(lease.Replica!, TestNodes.Watchdog());
    }

    private static async Task FillAsync(string folder, Func<int, int> events, int documents)
    {
        Directory.CreateDirectory(folder);
        await using SqliteEventStore store = SqliteEventStore.Open(folder, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
        await FillAsync(store, events, documents);
    }

    private static async Task FillAsync(IEventStore store, Func<int, int> events, int documents)
    {
        for (int i = 0; i < documents; i++)
        {
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Document(i), Store = store });
            for (int n = 0; n < events(i); n++)
            {
                await replica.AppendEventAsync(new EventDraft { Type = "note" });
            }
        }
    }

    private sealed class Keeper : IAsyncDisposable
    {
        private readonly MemoryEventStore _store = new(SystemChance.Instance);
        private readonly SyncOptions _options;
        private int _woken;
        private int _tooManyAwake;

        private Keeper(LocalNetwork network, SyncOptions options)
        {
            _options = options;
            Node = network.AddNode();
            Documents = new DormantDocuments(_store, Network, Wake, options, (PoolSpawner.Instance, static () => []));
            Sync = new SyncService(Node, (Documents, null), options, s_runtime, NullLogger.Instance);
        }

        public LocalNode Node { get; }

        public DormantDocuments Documents { get; }

        public SyncService Sync { get; }

        public int Woken => Volatile.Read(ref _woken);

        /// <summary>How often more were awake than allowed and than were being asked.</summary>
        public int TooManyAwake => Volatile.Read(ref _tooManyAwake);

        public static async Task<Keeper> StartAsync(LocalNetwork network, SyncOptions options, Func<int, int> events, int documents)
        {
            Keeper keeper = new(network, options);
            await FillAsync(keeper._store, events, documents);
            await using (await Replica.OpenAsync(new ReplicaOptions { Genesis = Genesis.Create("elsewhere", "document 0"), Store = keeper._store }))
            {
                // registered
            }

            await keeper.Documents.LoadAsync(TestNodes.Watchdog());
            return keeper;
        }

        public Task<DocumentSketch> SketchAsync(int number) => DormantDocumentTests.SketchAsync(Documents, Document(number).Cid);

        public async ValueTask DisposeAsync()
        {
            await Sync.DisposeAsync();
            await Documents.DisposeAsync();
            await Node.DisposeAsync();
            await _store.DisposeAsync();
        }

        private ReplicaOptions Wake(Genesis genesis)
        {
            Interlocked.Increment(ref _woken); // replicas are opened on several threads
            (_, int awake, int asked) = Documents.Counts;
            Interlocked.Add(ref _tooManyAwake, awake > Math.Max(_options.DormantAwakeMax, asked) ? 1 : 0);
            return new ReplicaOptions { Genesis = genesis, Store = _store, WritesMerges = false };
        }
    }
}
