using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;

namespace P2P.Storage.Tests;

/// <summary>What is read of a document: all of it, in the order it was applied, however long it is and whatever stands between.</summary>
public sealed class LoadTests
{
    private const int BatchEvents = 250;

    [Theory]
    [InlineData(StoreReaders.SortedMax - 1)]
    [InlineData(StoreReaders.SortedMax)]
    [InlineData(StoreReaders.SortedMax + 700)]
    public async Task A_long_document_and_a_short_one_between_it_are_read_in_the_order_in_which_they_were_applied(int length)
    {
        using TempFolder folder = new();
        Genesis longer = Genesis.Create("test", "long"), shorter = Genesis.Create("test", "short");
        Event[] many = Write(longer, length), few = Write(shorter, 600);
        Event[] waiting = Write(longer, 700, author: 2);
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.Empty(await LoadAsync(store, longer));
            Assert.Empty(await LoadAsync(store, shorter));
            for (int from = 0; from < length; from += BatchEvents)
            {
                await store.CommitAsync(new StoreBatch { Document = longer.Cid, Applied = [.. many.Skip(from).Take(BatchEvents)] }, default);
                await store.CommitAsync(new StoreBatch { Document = shorter.Cid, Applied = [.. few.Skip(from).Take(BatchEvents)] }, default);
            }

            await store.CommitAsync(new StoreBatch { Document = longer.Cid, Held = waiting }, default);
            Assert.Equal([.. Names(many, applied: true), .. Names(waiting, applied: false)], await LoadAsync(store, longer));
            Assert.Equal(Names(few, applied: true), await LoadAsync(store, shorter));
        }

        using StoreReader reader = StoreReader.Open(folder.Path)!;
        Assert.Equal(many.Concat(waiting).Select(static e => e.Cid), await ReadAsync(reader, longer));
        Assert.Equal(few.Select(static e => e.Cid), await ReadAsync(reader, shorter));
    }

    private static IEnumerable<(Cid Name, bool IsApplied)> Names(Event[] events, bool applied) => events.Select(e => (e.Cid, applied));

    private static async Task<List<(Cid Name, bool IsApplied)>> LoadAsync(SqliteEventStore store, Genesis document)
    {
        List<(Cid, bool)> loaded = [];
        await foreach (StoredBlock block in store.LoadAsync(document, default))
        {
            loaded.Add((block.Cid, block.IsApplied));
        }

        return loaded;
    }

    private static async Task<List<Cid>> ReadAsync(StoreReader reader, Genesis document)
    {
        List<Cid> read = [];
        await foreach (ReadOnlyMemory<byte> block in reader.ReadEventsAsync(document.Cid, default))
        {
            read.Add(Cid.ForDagCbor(block.Span));
        }

        return read;
    }

    private static Event[] Write(Genesis document, int count, ulong author = 1)
    {
        KeySigner signer = new(PrivateKey.Generate(KeyType.Ed25519, new SeededChance(author)));
        Event[] events = new Event[count];
        for (int i = 0; i < count; i++)
        {
            AppendContext context = new(document.Cid, signer.Author, (ulong)i + 1, i == 0 ? default : events[i - 1].Cid, [], (ulong)i + 1);
            events[i] = EventCodec.Sign(context, new EventDraft { Type = "note" }, 0, signer, out _)!;
        }

        return events;
    }
}
