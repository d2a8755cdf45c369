using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Replication;
using P2P.Node.Documents;
using P2P.Node.Files;
using P2P.Storage;

namespace P2P.Node.Tests;

/// <summary>A node whose store is nearly at its quota makes room by itself, and what went can be fetched again.</summary>
public sealed class EvictionTests : IDisposable
{
    private const int BlockBytes = 60_000;
    private static readonly StorageOptions s_small = new() { QuotaBytes = 1 << 20, EvictAge = TimeSpan.Zero, RemoteReserveBytes = 0, OwnReserveBytes = 0 };

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-evict-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task More_than_the_quota_is_looked_at_and_what_was_kept_own_or_typed_stays()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        await using P2PNode giver = await TestNodes.StartAsync(Path.Combine(_folder, "giver")); // in memory it would keep nothing
        await using P2PNode taker = await P2PNode.StartAsync(TestNodes.Options(Path.Combine(_folder, "taker"), giver.Addresses[0]) with { Storage = s_small });
        TextDocument notes = await taker.Documents.OpenAsync("notes", watchdog);
        await notes.InsertAsync(0, "typed here");
        await notes.FlushAsync(watchdog);
        byte[] ours = Data(-1);
        Cid own = await taker.Blocks.AddBlockAsync(Cid.ForRaw(ours), ours, watchdog);
        Cid kept = await giver.Blocks.AddFileAsync(new MemoryStream(Data(-2)), cancellationToken: watchdog);
        await taker.Blocks.GetFileAsync(kept, new MemoryStream(), new GetFileOptions(), cancellationToken: watchdog);
        List<Cid> looked = [];
        for (int i = 0; i < 40; i++) // more than twice the quota
        {
            byte[] data = Data(i);
            looked.Add(await giver.Blocks.AddBlockAsync(Cid.ForRaw(data), data, watchdog));
            Assert.Equal(data, (await GetAsync(taker, looked[^1], watchdog)).ToArray());
        }

        await GoneAsync(taker, looked[0], watchdog);
        Assert.Equal(Data(0), (await GetAsync(taker, looked[0], watchdog)).ToArray()); // fetched again
        Assert.Equal(1, (await taker.Blocks.StatAsync(own, watchdog)).BlocksHeld);
        Assert.Equal(1, (await taker.Blocks.StatAsync(kept, watchdog)).BlocksHeld);
        Assert.Equal("typed here", notes.Text);
    }

    [Fact]
    public async Task What_events_of_others_link_to_goes_only_when_a_peer_has_it()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        string folder = Path.Combine(_folder, "taker");
        byte[][] payloads = [.. Enumerable.Range(0, 20).Select(Data)];
        Cid document = await FillAsync(folder, payloads);
        await using P2PNode giver = await TestNodes.StartAsync(Path.Combine(_folder, "giver")); // in memory it would keep nothing
        foreach (byte[] payload in payloads.Where(static (_, i) => i % 2 == 0))
        {
            await giver.Blocks.AddBlockAsync(Cid.ForRaw(payload), payload, watchdog);
        }

        await using P2PNode taker = await P2PNode.StartAsync(TestNodes.Options(folder, giver.Addresses[0]) with { Storage = s_small });

        await GoneAsync(taker, Cid.ForRaw(payloads[0]), watchdog);
        Assert.Empty(await NowhereAsync(payloads, [taker, giver], watchdog));
        Assert.Equal(payloads[0], (await GetAsync(taker, Cid.ForRaw(payloads[0]), watchdog)).ToArray());
        Assert.Equal(1, (await taker.Blocks.StatAsync(document, watchdog)).BlocksHeld);
    }

    [Fact]
    public async Task A_pin_keeps_a_block_and_a_document_and_unpinning_lets_go()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        await using P2PNode node = await TestNodes.StartAsync(Path.Combine(_folder, "node"));
        TextDocument notes = await node.Documents.OpenAsync("notes", watchdog);
        await node.Blocks.PinAsync(notes.Id, watchdog);
        Assert.Equal([notes.Id], await node.Blocks.PinsAsync(watchdog));
        Assert.True((await node.Blocks.StatAsync(notes.Id, watchdog)).IsPinned);
        await node.Blocks.UnpinAsync(notes.Id, watchdog);
        Assert.Empty(await node.Blocks.PinsAsync(watchdog));
    }

    internal static byte[] Data(int number)
    {
        byte[] data = new byte[BlockBytes];
        new SeededChance((ulong)(number + 100)).Fill(data);
        return data;
    }

    /// <summary>What none of the nodes has any more.</summary>
    internal static async Task<IReadOnlyList<Cid>> NowhereAsync(byte[][] payloads, P2PNode[] nodes, CancellationToken watchdog)
    {
        List<Cid> gone = [];
        foreach (Cid cid in payloads.Select(static payload => Cid.ForRaw(payload)))
        {
            long held = 0;
            foreach (P2PNode node in nodes)
            {
                held += (await node.Blocks.StatAsync(cid, watchdog)).BlocksHeld;
            }

            if (held == 0)
            {
                gone.Add(cid);
            }
        }

        return gone;
    }

    // What is looked at may be refused while room is being made.
    private static async Task<ReadOnlyMemory<byte>> GetAsync(P2PNode node, Cid cid, CancellationToken watchdog)
    {
        while (true)
        {
            try
            {
                return await node.Blocks.GetBlockAsync(cid, new GetFileOptions { StallLimit = TimeSpan.FromMinutes(2) }, watchdog);
            }
            catch (P2PException full) when (full.Error == NodeError.StoreFull)
            {
                await Task.Delay(20, watchdog);
            }
        }
    }

    private static async Task GoneAsync(P2PNode node, Cid cid, CancellationToken watchdog)
    {
        while ((await node.Blocks.StatAsync(cid, watchdog)).BlocksHeld > 0)
        {
            await Task.Delay(20, watchdog);
        }
    }

    /// <summary>A store that has events of somebody else, each of which links to a payload that is there too.</summary>
    internal static async Task<Cid> FillAsync(string folder, byte[][] payloads)
    {
        Genesis genesis = Genesis.Create("node-tests", "with-payloads");
        await using MemoryEventStore elsewhere = new(new SeededChance(7));
        await using Replica other = await Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = elsewhere, TypeRules = DocumentRules.Create() });
        await using SqliteEventStore store = SqliteEventStore.Open(folder, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = store, TypeRules = DocumentRules.Create() });
        foreach (byte[] payload in payloads)
        {
            await store.Blocks.PutAsync(new Block(Cid.ForRaw(payload), payload), default);
            Event named = await other.AppendEventAsync(new EventDraft { Type = "file", Body = LinkTo(Cid.ForRaw(payload)) });
            Assert.Equal(EventVerdictKind.Accepted, (await replica.InsertBlockAsync(named.Bytes)).Kind);
        }

        return genesis.Cid;
    }

    private static byte[] LinkTo(Cid cid)
    {
        DagCborWriter writer = new(64);
        writer.WriteMapStart(1);
        writer.WriteText("x"u8);
        writer.WriteCid(cid);
        return writer.ToArray();
    }
}
