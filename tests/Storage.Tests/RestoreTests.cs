using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;

namespace P2P.Storage.Tests;

/// <summary>A backup comes back whole, whoever wrote in the documents: durability specification, section 6; replica, section 3.</summary>
public sealed class RestoreTests
{
    private static readonly Genesis s_document = Genesis.Create("test", "restored");
    private static readonly Genesis s_other = Genesis.Create("test", "restored as well");
    private static readonly KeySigner s_liar = SignerOf(1);
    private static readonly KeySigner s_honest = SignerOf(2);

    [Theory]
    [InlineData(0, 299)]
    [InlineData(255, 1)]
    [InlineData(1_023, 1)]
    [InlineData(200, 2_000)]
    public async Task Badly_signed_events_and_all_that_stands_on_them_come_back(int at, int count)
    {
        List<Event> early = Chain(s_document, s_honest, null, at);
        List<Event> bad = Chain(s_document, new NoiseSigner(s_liar.Author), null, count);
        Event voucher = Write(s_document, s_liar, bad[^1], []);
        Event citing = Write(s_document, s_honest, early.Count > 0 ? early[^1] : null, [voucher]);
        List<Event> all = [.. early, .. bad, voucher, citing, .. Chain(s_document, s_honest, citing, 400)];
        using TempFolder folder = new();
        using TempFolder empty = new();
        using MemoryStream car = await BackUpAsync(folder, all);

        await using SqliteEventStore store = StoreTests.Open(empty);
        RestoreReport report = (await StoreRestore.RunAsync(car, store, default))!;

        Assert.True(report.IsWhole);
        Assert.Equal((all.Count, 0, 0), (report.Events, report.Waiting, report.Refused));
        await using Replica back = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });
        Assert.Equal((all.Count, all.Count), (back.Status.AppliedCount, back.Status.VisibleCount));
    }

    [Fact]
    public async Task What_was_pinned_is_pinned_again_and_what_was_not_is_not()
    {
        using TempFolder folder = new();
        using TempFolder empty = new();
        byte[][] files = [[1, 2, 3], [4, 5, 6]];
        Cid[] names = [.. files.Select(static file => Cid.ForRaw(file))];
        List<Event> chain = Chain(s_document, s_honest, null, 3);
        (await BackUpAsync(folder, chain)).Dispose();
        await using (SqliteEventStore from = StoreTests.Open(folder))
        {
            await from.PutBlockAsync(names[0], files[0], default);
            await from.PutBlockAsync(names[1], files[1], default);
            await from.PinAsync(names[0], default);
            await from.PinAsync(s_document.Cid, default);
            await from.PinAsync(chain[^1].Cid, default); // a head
            await from.PinAsync(Cid.ForRaw([7]), default); // its block never came: nothing a backup could bring
        }

        using MemoryStream car = new();
        using (StoreInspector inspector = StoreInspector.Open(folder.Path)!)
        {
            await inspector.BackUpAsync(car, default);
        }

        car.Position = 0;
        await using SqliteEventStore store = StoreTests.Open(empty);
        RestoreReport report = (await StoreRestore.RunAsync(car, store, default))!;

        Assert.True(report.IsWhole);
        Assert.Equal(new[] { names[0], s_document.Cid, chain[^1].Cid }.Order(), (await store.PinsAsync(default)).Order());
    }

    [Fact]
    public async Task Every_document_is_opened_once_however_long_it_is()
    {
        using TempFolder folder = new();
        using TempFolder empty = new();
        List<Event> first = Chain(s_document, s_honest, null, 5_000);
        List<Event> second = Chain(s_other, s_honest, null, 3_000);
        using MemoryStream car = new();
        CarWriter writer = new(car);
        await writer.WriteHeaderAsync([s_document.Cid, s_other.Cid, first[^1].Cid, second[^1].Cid], default);
        await writer.WriteBlockAsync(s_document.Cid, s_document.Bytes, default);
        await writer.WriteBlockAsync(s_other.Cid, s_other.Bytes, default);
        for (int i = 0; i < first.Count; i++)
        {
            await writer.WriteBlockAsync(first[i].Cid, first[i].Bytes, default);
            if (i < second.Count)
            {
                await writer.WriteBlockAsync(second[i].Cid, second[i].Bytes, default); // mixed, as nobody's backup is but a stranger's file may be
            }
        }

        car.Position = 0;
        await using SqliteEventStore store = StoreTests.Open(empty);
        RestoreRun run = new(store);
        RestoreReport report = (await run.RunAsync(car, default))!;

        Assert.Equal((2, 8_000, true), (report.Documents, report.Events, report.IsWhole));
        Assert.Equal(2, run.Opened);
    }

    [Fact]
    public async Task Events_that_wait_are_counted_as_waiting_and_a_head_that_is_not_applied_is_named()
    {
        using TempFolder empty = new();
        List<Event> chain = Chain(s_document, s_honest, null, 30);
        using MemoryStream car = new();
        CarWriter writer = new(car);
        await writer.WriteHeaderAsync([s_document.Cid, chain[^1].Cid], default);
        await writer.WriteBlockAsync(s_document.Cid, s_document.Bytes, default);
        foreach (Event item in chain.Where(static item => item.Sequence != 11))
        {
            await writer.WriteBlockAsync(item.Cid, item.Bytes, default);
        }

        car.Position = 0;
        await using SqliteEventStore store = StoreTests.Open(empty);
        RestoreReport report = (await StoreRestore.RunAsync(car, store, default))!;

        Assert.Equal((10, 19, 0), (report.Events, report.Waiting, report.Refused));
        Assert.Equal(chain[^1].Cid, Assert.Single(report.RootsMissing));
        Assert.False(report.IsWhole);
    }

    private static async Task<MemoryStream> BackUpAsync(TempFolder folder, List<Event> events)
    {
        await using SqliteEventStore store = StoreTests.Open(folder);
        await using (Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store, WritesMerges = false }))
        {
            _ = await replica.InsertPackAsync([.. events.Select(static item => item.Bytes)]);
            Assert.Equal(events.Count, replica.Status.VisibleCount);
        }

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        MemoryStream car = new();
        Assert.Empty((await inspector.BackUpAsync(car, default)).Missing);
        car.Position = 0;
        return car;
    }

    private static List<Event> Chain(Genesis document, ISigner signer, Event? previous, int count)
    {
        List<Event> chain = [];
        for (int i = 0; i < count; i++)
        {
            chain.Add(previous = Write(document, signer, previous, []));
        }

        return chain;
    }

    private static Event Write(Genesis document, ISigner signer, Event? previous, Event[] links)
    {
        ulong height = 1 + links.Append(previous).Max(static link => link?.Height ?? 0);
        AppendContext context = new(
            document.Cid, signer.Author, (previous?.Sequence ?? 0) + 1, previous?.Cid ?? default, [.. links.Select(static link => link.Cid).Order()], height);
        return EventCodec.Sign(context, new EventDraft { Type = "note" }, 0, signer, out _)!;
    }

    private static KeySigner SignerOf(int number)
    {
        byte[] seed = new byte[32];
        BitConverter.TryWriteBytes(seed, number);
        return new KeySigner(PrivateKey.FromEd25519Seed(seed));
    }

    private sealed class NoiseSigner(ReadOnlyMemory<byte> key) : ISigner
    {
        public ReadOnlyMemory<byte> Author => key;

        public byte[] Sign(ReadOnlySpan<byte> message) => [1, .. new byte[63]];
    }
}
