using System.Globalization;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using Xunit.Abstractions;

namespace P2P.Storage.Tests;

/// <summary>Reports events per second; asserts only that all of them arrived. Time figures are bench figures.</summary>
public sealed class ThroughputTests(ITestOutputHelper output)
{
    private static readonly Genesis s_document = Genesis.Create("test", "fast");

    [Theory]
    [InlineData(1, 200)]
    [InlineData(100, 4_000)]
    [InlineData(1_000, 8_000)]
    public async Task Group_commits_of_a_store_and_of_a_replica(int batch, int events)
    {
        using TempFolder folder = new();
        List<Event> chain = Chain(events);
        await using SqliteEventStore store = StoreTests.Open(folder);
        await foreach (StoredBlock _ in store.LoadAsync(s_document, default))
        {
            Assert.Fail("A new store is empty.");
        }

        long start = SystemTime.Provider.GetTimestamp();
        foreach (Event[] part in chain.Chunk(batch))
        {
            await store.CommitAsync(new StoreBatch { Document = s_document.Cid, Applied = part, Heads = [part[^1].Cid] }, default);
        }

        Report("store", batch, events, start);
        using TempFolder second = new();
        await using SqliteEventStore other = StoreTests.Open(second);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = other });
        start = SystemTime.Provider.GetTimestamp();
        foreach (Event[] part in chain.Chunk(batch))
        {
            await replica.InsertPackAsync([.. part.Select(static e => e.Bytes)]);
        }

        Report("replica, packs", batch, events, start);
        Assert.Equal(events, replica.Status.AppliedCount);
        start = SystemTime.Provider.GetTimestamp();
        await using Replica loaded = await Replica.OpenAsync(new ReplicaOptions { Genesis = s_document, Store = store });
        Report("load", batch, events, start);
        Assert.Equal(replica.Status.FrontierHash, loaded.Status.FrontierHash);
    }

    private static List<Event> Chain(int count)
    {
        MemoryEventStore author = new(new SeededChance(3));
        List<Event> chain = new(count);
        for (int i = 0; i < count; i++)
        {
            Event? last = chain.Count > 0 ? chain[^1] : null;
            AppendContext context = new(s_document.Cid, author.Signer!.Author, (ulong)i + 1, last?.Cid ?? default, [], (ulong)i + 1);
            chain.Add(EventCodec.Sign(context, new EventDraft { Type = "note" }, 0, author.Signer, out _)!);
        }

        return chain;
    }

    private void Report(string what, int batch, int events, long start)
    {
        TimeSpan took = SystemTime.Provider.GetElapsedTime(start);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}, {batch} per batch: {events / took.TotalSeconds:f0} events/s"));
    }
}
