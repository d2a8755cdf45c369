using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage;

namespace P2P.Bench;

/// <summary>
/// Many documents in one store, their events arriving in turns, as from a network: what an append costs, and what reading one document costs among the
/// rows of all the others.
/// </summary>
internal static class StoreBench
{
    private const int Batch = 100;

    public static async Task RunAsync(int documents, int events, int rounds)
    {
        List<(Genesis Genesis, List<Event> Chain)> all = [.. Enumerable.Range(0, documents).Select(i => Chain(i, events))];
        string folder = Directory.CreateTempSubdirectory("p2p-bench-").FullName;
        try
        {
            await using SqliteEventStore store = SqliteEventStore.Open(folder, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
            foreach ((Genesis genesis, _) in all)
            {
                await ReadAsync(store, genesis);
            }

            Measurement write = new();
            for (int at = 0; at < events; at += Batch)
            {
                foreach ((Genesis genesis, List<Event> chain) in all)
                {
                    List<Event> part = chain.GetRange(at, Math.Min(Batch, events - at));
                    await store.CommitAsync(new StoreBatch { Document = genesis.Cid, Applied = part, Heads = [part[^1].Cid] }, default);
                }
            }

            (double cpu, double wall, _) = write.Stop();
            double total = (double)documents * events;
            Measurement.Print(
                "store-append", ("documents", documents), ("events_each", events), ("batch", Batch), ("events_per_wall_s", total / wall), ("cpu_us_per_event", cpu * 1e6 / total));
            List<(double Cpu, double Wall)> reads = [];
            for (int round = 0; round < rounds; round++)
            {
                Measurement read = new();
                if (await ReadAsync(store, all[round % documents].Genesis) != events)
                {
                    throw new InvalidOperationException("A document was read in part.");
                }

                (cpu, wall, _) = read.Stop();
                reads.Add((cpu, wall));
            }

            Measurement.Print(
                "store-read-one-document",
                ("documents", documents),
                ("events_each", events),
                ("cpu_ms", Measurement.Median(reads.Select(static r => r.Cpu)) * 1e3),
                ("wall_ms", Measurement.Median(reads.Select(static r => r.Wall)) * 1e3));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> ReadAsync(SqliteEventStore store, Genesis genesis)
    {
        int read = 0;
        await foreach (StoredBlock block in store.LoadAsync(genesis, default))
        {
            read += block.Bytes.IsEmpty ? 0 : 1;
        }

        return read;
    }

    private static (Genesis Genesis, List<Event> Chain) Chain(int number, int count)
    {
        Genesis genesis = Genesis.Create("bench", $"document-{number}");
        MemoryEventStore author = new(new SeededChance((ulong)number + 1));
        List<Event> chain = new(count);
        for (int i = 0; i < count; i++)
        {
            AppendContext context = new(genesis.Cid, author.Signer!.Author, (ulong)i + 1, i > 0 ? chain[^1].Cid : default, [], (ulong)i + 1);
            chain.Add(EventCodec.Sign(context, new EventDraft { Type = "note" }, 0, author.Signer, out _)!);
        }

        return (genesis, chain);
    }
}
