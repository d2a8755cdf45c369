using Microsoft.Extensions.Logging.Abstractions;
using P2P.Bitswap;
using P2P.Core.Blocks;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation;
using P2P.Crdt.Replication;
using P2P.Node.Adapters;
using P2P.Node.Files;
using P2P.Node.Telemetry;
using P2P.Storage;
using P2P.Transport.Connections;

namespace P2P.Node.Tests;

/// <summary>What makes room for itself leaves its blocks with somebody who keeps them: whoever else does the same at that time, and whoever lies.</summary>
public sealed class EvictionKeepersTests : IDisposable
{
    private const int BlockBytes = 60_000;
    private const int Payloads = 20; // more than the quota
    private const int Enough = 14; // so many leave it below 90 %
    private static readonly StorageOptions s_small = new() { QuotaBytes = 1 << 20, EvictAge = TimeSpan.Zero, RemoteReserveBytes = 0, OwnReserveBytes = 0 };

    private readonly string _folder = Directory.CreateTempSubdirectory("p2p-keepers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Two_nodes_that_make_room_at_the_same_time_keep_every_block_between_them(int number)
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        string[] folders = [.. new[] { "a", "b" }.Select(name => Path.Combine(_folder, $"{name}{number}"))];
        await FillAsync(folders);
        await using P2PNode a = await P2PNode.StartAsync(TestNodes.Options(folders[0]) with { Storage = s_small });
        await using P2PNode b = await P2PNode.StartAsync(TestNodes.Options(folders[1], a.Addresses[0]) with { Storage = s_small });
        (bool[] atA, bool[] atB) = ([], []);
        do
        {
            await Task.Delay(20, watchdog);
            (atA, atB) = (await HeldAsync(a, watchdog), await HeldAsync(b, watchdog));
            Assert.DoesNotContain(false, atA.Zip(atB, static (one, other) => one || other));
        }
        while (atA.Count(static held => held) > Enough || atB.Count(static held => held) > Enough);

        int missing = Array.IndexOf(atA, false);
        Assert.Equal(Data(missing), (await b.Blocks.GetBlockAsync(Cid.ForRaw(Data(missing)), new GetFileOptions(), watchdog)).ToArray());
    }

    [Fact]
    public async Task A_stranger_that_says_it_has_everything_empties_nobody()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        string folder = Path.Combine(_folder, "honest");
        await FillAsync(folder);
        await using P2PNode honest = await P2PNode.StartAsync(TestNodes.Options(folder) with { Storage = s_small });
        await using P2PNode stranger = await TestNodes.StartAsync(data: null, honest.Addresses[0]);
        await stranger.Parts.Services.Bitswap.DisposeAsync();
        TransportRuntime runtime = new(TimeProvider.System, PoolSpawner.Instance, SystemChance.Instance, NullLogger.Instance);
        await using BitswapExchange exchange = new(stranger.Parts.Network, new Boaster(), new BitswapOptions(), runtime);
        await using KeepDesk desk = new(stranger.Parts.Network, new Boaster(), TimeProvider.System);

        while (desk.Refused(KeepRefusal.None) < 2) // answers given: one look for room is over
        {
            await Task.Delay(20, watchdog);
            Assert.DoesNotContain(false, await HeldAsync(honest, watchdog));
        }
    }

    [Fact]
    public async Task A_stranger_that_has_the_blocks_gives_them_before_they_go()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        string folder = Path.Combine(_folder, "taker");
        await FillAsync(folder);
        await using P2PNode taker = await P2PNode.StartAsync(TestNodes.Options(folder) with { Storage = s_small with { EvictProofBytes = 3 * BlockBytes } });
        using MetricsReader metrics = new(taker);
        await using P2PNode stranger = await TestNodes.StartAsync(Path.Combine(_folder, "stranger"), taker.Addresses[0]);
        for (int i = 0; i < Payloads; i++)
        {
            await stranger.Blocks.AddBlockAsync(Cid.ForRaw(Data(i)), Data(i), watchdog);
        }

        int held = Payloads;
        while (held > Enough)
        {
            await Task.Delay(20, watchdog);
            held = (await HeldAsync(taker, watchdog)).Count(static here => here);
            Assert.True(Value(metrics, "p2p_bitswap_blocks_received_total") >= Payloads - held);
        }
    }

    [Fact]
    public async Task Without_an_allowance_for_strangers_only_peers_of_the_settings_count()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        string folder = Path.Combine(_folder, "strict");
        await FillAsync(folder);
        await using P2PNode giver = await TestNodes.StartAsync(Path.Combine(_folder, "giver"));
        await using P2PNode stranger = await TestNodes.StartAsync(Path.Combine(_folder, "stranger"));
        for (int i = 0; i < Payloads; i++)
        {
            await (i % 2 == 0 ? giver : stranger).Blocks.AddBlockAsync(Cid.ForRaw(Data(i)), Data(i), watchdog);
        }

        P2POptions options = TestNodes.Options(folder, giver.Addresses[0]) with { Storage = s_small with { EvictProofBytes = 0 } };
        await using P2PNode strict = await P2PNode.StartAsync(options);
        await strict.Parts.Network.DialAsync(stranger.Addresses[0], watchdog);
        bool[] held;
        do
        {
            await Task.Delay(20, watchdog);
            held = await HeldAsync(strict, watchdog);
        }
        while (held.Count(static here => here) > Enough);

        Assert.DoesNotContain(false, held.Where(static (_, i) => i % 2 == 1));
    }

    [Fact]
    public async Task What_nobody_needs_goes_only_when_a_peer_keeps_it_and_a_copy_in_memory_does_not_count()
    {
        CancellationToken watchdog = TestNodes.Watchdog();
        string folder = Path.Combine(_folder, "node");
        await using (SqliteEventStore store = SqliteEventStore.Open(folder, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance))
        {
            for (int i = 0; i < Payloads; i++) // no event, no pin
            {
                await store.Blocks.PutAsync(new Block(Cid.ForRaw(Data(i)), Data(i)), watchdog);
            }
        }

        await using P2PNode giver = await TestNodes.StartAsync(Path.Combine(_folder, "giver"));
        await using P2PNode memory = await TestNodes.StartAsync();
        for (int i = 0; i < Payloads; i++)
        {
            await (i % 2 == 0 ? giver : memory).Blocks.AddBlockAsync(Cid.ForRaw(Data(i)), Data(i), watchdog);
        }

        await using P2PNode node = await P2PNode.StartAsync(TestNodes.Options(folder, giver.Addresses[0], memory.Addresses[0]) with { Storage = s_small });
        bool[] held;
        do
        {
            await Task.Delay(20, watchdog);
            held = await HeldAsync(node, watchdog);
        }
        while (held.Count(static here => here) > Enough);

        Assert.DoesNotContain(false, held.Where(static (_, i) => i % 2 == 1));
    }

    private static byte[] Data(int number)
    {
        byte[] data = new byte[BlockBytes];
        new SeededChance((ulong)(number + 100)).Fill(data);
        return data;
    }

    private static double Value(MetricsReader reader, string name) => reader.Read().Single(m => m.Name == name).Value;

    private static async Task<bool[]> HeldAsync(P2PNode node, CancellationToken watchdog)
    {
        bool[] held = new bool[Payloads];
        for (int i = 0; i < Payloads; i++)
        {
            held[i] = await node.Parts.Services.Blocks.HasAsync(Cid.ForRaw(Data(i)), watchdog);
        }

        return held;
    }

    /// <summary>Stores that have the same events of somebody else, each of which links to a payload that is there too.</summary>
    private static async Task FillAsync(params string[] folders)
    {
        Genesis genesis = Genesis.Create("node-tests", "with-payloads");
        await using MemoryEventStore elsewhere = new(new SeededChance(7));
        await using Replica other = await Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = elsewhere, TypeRules = DocumentRules.Create() });
        Event[] named = new Event[Payloads];
        for (int i = 0; i < Payloads; i++)
        {
            named[i] = await other.AppendEventAsync(new EventDraft { Type = "file", Body = LinkTo(Cid.ForRaw(Data(i))) });
        }

        foreach (string folder in folders)
        {
            await using SqliteEventStore store = SqliteEventStore.Open(folder, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = store, TypeRules = DocumentRules.Create() });
            for (int i = 0; i < Payloads; i++)
            {
                await store.Blocks.PutAsync(new Block(Cid.ForRaw(Data(i)), Data(i)), default);
                Assert.Equal(EventVerdictKind.Accepted, (await replica.InsertBlockAsync(named[i].Bytes)).Kind);
            }
        }
    }

    private static byte[] LinkTo(Cid cid)
    {
        DagCborWriter writer = new(64);
        writer.WriteMapStart(1);
        writer.WriteText("x"u8);
        writer.WriteCid(cid);
        return writer.ToArray();
    }

    /// <summary>Has every block, it says.</summary>
    private sealed class Boaster : IBlockStore
    {
        public ValueTask<ReadOnlyMemory<byte>?> GetAsync(Cid cid, CancellationToken cancellationToken) => ValueTask.FromResult<ReadOnlyMemory<byte>?>(new byte[BlockBytes]);

        public ValueTask<bool> HasAsync(Cid cid, CancellationToken cancellationToken) => ValueTask.FromResult(true);

        public ValueTask PutAsync(Block block, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
