using System.IO.Pipes;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;

namespace P2P.Storage.Tests;

/// <summary>Entry point of the child process of <see cref="KillTests"/>. The test runner does not use it.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is not ["--writer", string ordersPipe, string pipe])
        {
            Console.Error.WriteLine("This is a test project: run `dotnet test`.");
            return 2;
        }

        // An explicit pipe: console output may go through a duplicated descriptor.
        await using AnonymousPipeClientStream acknowledged = new(PipeDirection.Out, pipe);
        string directory;
        int count;
        using (StreamReader orders = new(new AnonymousPipeClientStream(PipeDirection.In, ordersPipe)))
        {
            directory = orders.ReadLine()!;
            count = int.Parse(orders.ReadLine()!, System.Globalization.CultureInfo.InvariantCulture);
        }

        if (count == KillTests.Compacting)
        {
            await CompactForEverAsync(directory, acknowledged);
        }

        if (count == KillTests.Evicting)
        {
            await EvictForEverAsync(directory, acknowledged);
        }

        await using SqliteEventStore store = SqliteEventStore.Open(directory, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = KillTests.Document, Store = store });
        while (true)
        {
            Task<Event>[] appends = [.. Enumerable.Range(0, count).Select(_ => replica.AppendEventAsync(new EventDraft { Type = "note" }))];
            foreach (Task<Event> append in appends)
            {
                Event written = await append;
                acknowledged.Write(BitConverter.GetBytes(written.Sequence));
            }
        }
    }

    // One stores data, links to some of it and acknowledges; the other evicts whatever it can, all the time.
    private static async Task EvictForEverAsync(string directory, Stream acknowledged)
    {
        await using Larder larder = await Larder.OpenAsync(TempFolder.At(directory));
        int number = ((int)larder.Replica.Status.AppliedCount + 1) * 1_000;
        await Task.WhenAll(
            PoolSpawner.Instance.StartAsync(async () =>
            {
                while (true)
                {
                    larder.Store.Eviction.Tick(TimeSpan.Zero);
                    await larder.EvictAllAsync();
                }
            }),
            PoolSpawner.Instance.StartAsync(async () =>
            {
                while (true)
                {
                    await larder.PutAsync(number++);
                    using IDisposable hold = larder.Store.Eviction.Hold();
                    Core.Multiformats.Cid data = await larder.PutAsync(number++);
                    Event written = await larder.Replica.AppendEventAsync(new EventDraft { Type = "file", Body = CompactionTests.LinkBody(data) });
                    acknowledged.Write(BitConverter.GetBytes(written.Sequence));
                }
            }));
    }

    // Acknowledged when the snapshot is there: the parent kills from then on, so that compactions are hit.
    private static async Task CompactForEverAsync(string directory, Stream acknowledged)
    {
        await using Typist typist = await Typist.OpenAsync(TempFolder.At(directory));
        await typist.CompactAsync(); // what the one before was killed in: so some compaction ends, however slow the machine
        while (true)
        {
            List<Event> typed = await typist.TypeAsync(20);
            await typist.SnapshotAsync();
            typed.ForEach(e => acknowledged.Write(BitConverter.GetBytes(e.Sequence)));
            await typist.CompactAsync();
        }
    }
}
