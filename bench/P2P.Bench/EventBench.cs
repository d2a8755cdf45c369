using System.Diagnostics;
using P2P.Core.Crypto;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Replication;
using P2P.Storage;

namespace P2P.Bench;

/// <summary>Signed events of one author on their way into a replica: decode, hash, signature, admission, commit. The text is applied as well.</summary>
internal static class EventBench
{
    public static async Task RunAsync(int events)
    {
        List<ReadOnlyMemory<byte>> blocks = await WriteAsync(events);
        VerifyAlone(blocks);
        await IngestAsync("ingest-one-by-one-memory", blocks, packSize: 1, () => new MemoryEventStore(SystemChance.Instance));
        await IngestAsync("ingest-pack-memory", blocks, packSize: 500, () => new MemoryEventStore(SystemChance.Instance));
        string folder = Directory.CreateTempSubdirectory("p2p-bench-").FullName;
        await IngestAsync(
            "ingest-pack-sqlite",
            blocks,
            packSize: 500,
            () => SqliteEventStore.Open(folder, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance));
        Directory.Delete(folder, recursive: true);
    }

    private static Genesis Document => Genesis.Create("bench", "events");

    private static async Task<List<ReadOnlyMemory<byte>>> WriteAsync(int events)
    {
        await using MemoryEventStore store = new(SystemChance.Instance);
        await using Replica replica = await OpenAsync(store);
        Sequence text = new(replica.Document);
        List<ReadOnlyMemory<byte>> blocks = [];
        for (int i = 0; i < events; i++)
        {
            text.Insert(text.Length, "twenty characters...");
            Event written = await replica.AppendEventAsync(new EventDraft { Type = SeqRules.TypeName, BuildBody = c => text.TakeBody(c)! });
            text.Commit(written);
            blocks.Add(written.Bytes);
        }

        return blocks;
    }

    /// <summary>The yardstick: signatures and nothing else.</summary>
    private static void VerifyAlone(List<ReadOnlyMemory<byte>> blocks)
    {
        Event[] decoded = [.. blocks.Select(b => EventCodec.TryDecode(b, default, out Event? e, out _) ? e! : throw new UnreachableException())];
        Measurement measurement = new();
        int valid = decoded.Count(EventCodec.VerifySignature);
        Measurement.Print($"verify-alone-{Ed25519.BackendName}", ("events", valid), ("events_per_cpu_s", valid / measurement.Stop().CpuSeconds));
    }

    private static async Task IngestAsync(string name, List<ReadOnlyMemory<byte>> blocks, int packSize, Func<IEventStore> open)
    {
        await using IEventStore store = open();
        await using Replica replica = await OpenAsync(store);
        Sequence text = new(replica.Document);
        Measurement measurement = new();
        foreach (ReadOnlyMemory<byte>[] pack in blocks.Chunk(packSize))
        {
            if (pack.Length == 1)
            {
                await replica.InsertBlockAsync(pack[0]);
            }
            else
            {
                await replica.InsertPackAsync(pack);
            }
        }

        foreach (ReadOnlyMemory<byte> block in blocks)
        {
            EventCodec.TryDecode(block, default, out Event? applied, out _);
            text.Apply(applied!);
        }

        (double cpu, double wall, _) = measurement.Stop();
        Measurement.Print(name, ("events", replica.Status.AppliedCount), ("events_per_cpu_s", blocks.Count / cpu), ("events_per_wall_s", blocks.Count / wall), ("characters", text.Length));
    }

    private static Task<Replica> OpenAsync(IEventStore store) =>
        Replica.OpenAsync(new ReplicaOptions { Genesis = Document, Store = store, TypeRules = [new SeqRules()] });
}
