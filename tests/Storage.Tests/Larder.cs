using P2P.Core.Blocks;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Eviction;
using P2P.Storage.Inspection;

namespace P2P.Storage.Tests;

/// <summary>
/// A store with something of everything: what must never be evicted, and blocks of either kind that may be. <see cref="AssertKeptAsync"/> says what must be
/// there whatever was evicted.
/// </summary>
internal sealed class Larder : IAsyncDisposable
{
    public const int BlockBytes = 3_000;

    private readonly List<Cid> _kept = [];

    private Larder(SqliteEventStore store, Replica replica) => (Store, Replica) = (store, replica);

    public SqliteEventStore Store { get; }

    public Replica Replica { get; }

    /// <summary>Nobody needs them, oldest first.</summary>
    public List<Cid> Unneeded { get; } = [];

    /// <summary>Events of others link to them, oldest first; behind each file its parts.</summary>
    public List<Cid> Payloads { get; } = [];

    /// <summary>Must be there whatever was evicted.</summary>
    public IReadOnlyList<Cid> Kept => _kept;

    public static StorageOptions Options { get; } = new() { EvictAge = TimeSpan.Zero, RemoteReserveBytes = 0, OwnReserveBytes = 0 };

    public static async Task<Larder> OpenAsync(TempFolder folder, StorageOptions? options = null)
    {
        SqliteEventStore store = StoreTests.Open(folder, options ?? Options);
        return new Larder(store, await Typist.ReplicaOf(store));
    }

    public static byte[] Data(int number)
    {
        byte[] bytes = new byte[BlockBytes];
        new SeededChance((ulong)number + 1).Fill(bytes);
        return bytes;
    }

    /// <summary>Fills it: 3 own payloads, 3 pinned files of 2 parts, and <paramref name="each"/> of both kinds that may go.</summary>
    /// <param name="each">How many of each kind.</param>
    /// <param name="from">Another one each time that the same store is filled.</param>
    public async Task FillAsync(int each = 4, int from = 0)
    {
        await using MemoryEventStore elsewhere = new(new SeededChance(9 + (ulong)from));
        await using Replica other = await Typist.ReplicaOf(elsewhere);
        for (int i = 0; i < each; i++)
        {
            if (i < 3)
            {
                Cid own = await PutAsync(10_000 + from + i);
                _kept.Add(own);
                _kept.Add((await Replica.AppendEventAsync(new EventDraft { Type = "file", Body = CompactionTests.LinkBody(own) })).Cid);
                (Cid file, Cid[] parts) = await PutFileAsync(20_000 + (2 * (from + i)));
                await Store.Blocks.PinAsync(file, default);
                _kept.AddRange([file, .. parts]);
            }

            Unneeded.Add(await PutAsync(from + i));
            (Cid linked, Cid[] below) = await PutFileAsync(30_000 + (2 * (from + i)));
            Payloads.AddRange([.. below, linked]); // parts are stored first
            Event named = await other.AppendEventAsync(new EventDraft { Type = "file", Body = CompactionTests.LinkBody(linked), At = 1 });
            await Replica.InsertBlockAsync(named.Bytes);
            _kept.Add(named.Cid);
        }

        Store.Eviction.Tick(TimeSpan.Zero);
        Store.Eviction.Tick(TimeSpan.Zero);
    }

    public async Task<Cid> PutAsync(int number)
    {
        byte[] data = Data(number);
        await Store.Blocks.PutAsync(new Block(Cid.ForRaw(data), data), default);
        return Cid.ForRaw(data);
    }

    public async Task<(Cid Root, Cid[] Parts)> PutFileAsync(int number)
    {
        Cid[] parts = [await PutAsync(number), await PutAsync(number + 1)];
        P2P.Core.Encoding.DagCborWriter writer = new(128);
        writer.WriteArrayStart(parts.Length);
        Array.ForEach(parts, writer.WriteCid);
        byte[] list = writer.ToArray();
        await Store.Blocks.PutAsync(new Block(Cid.ForDagCbor(list), list), default);
        return (Cid.ForDagCbor(list), parts);
    }

    public async Task<StoreEvicted> EvictAllAsync()
    {
        EvictionPlan plan = await Store.Eviction.SurveyAsync();
        return await Store.Eviction.EvictAsync(plan, plan.Candidates);
    }

    /// <summary>Everything that must be there is, and the store is sound.</summary>
    public static async Task AssertKeptAsync(TempFolder folder, IReadOnlyList<Cid> kept)
    {
        await using (SqliteEventStore store = StoreTests.Open(folder, Options))
        {
            await using Replica replica = await Typist.ReplicaOf(store);
            foreach (Cid cid in kept)
            {
                Assert.True(await store.GetBlockAsync(cid, default) is not null, $"{cid} is gone");
            }

            Assert.Equal(0, replica.Status.MissingCount);
            Assert.Equal(0, store.CorruptBlocks);
        }

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        StoreReport report = await inspector.VerifyAsync(default);
        Assert.True(report.IsSound, string.Join('\n', report.Problems.Select(static p => p.Text)));
    }

    public async ValueTask DisposeAsync()
    {
        await Replica.DisposeAsync();
        await Store.DisposeAsync();
    }
}
