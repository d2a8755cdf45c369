using P2P.Cli.Federation;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Replication;
using P2P.Storage;
using P2P.Storage.Inspection;

namespace P2P.Cli.Benchmarks;

/// <summary>
/// Replays a federation that lies in a SQLite store, the way <c>p2p replay --doc</c> does it beside a node: open, read and hash every block, decode, walk down from
/// the heads, admit, fold. Warm: the file was just written, so the disk is not asked.
/// </summary>
internal static class ReplayStoreBench
{
    private const int Rounds = 3;
    private const int BatchEvents = 2_000;

    /// <summary>Writes the events into a store of its own and measures.</summary>
    /// <returns>CPU milliseconds: reading alone, and from opening the store to the state hash; the middle of three each.</returns>
    public static async Task<(double ReadMs, double AllMs)> RunAsync(Genesis genesis, List<Event> events, EventDigest state)
    {
        string folder = Directory.CreateTempSubdirectory("p2p-replay-").FullName;
        try
        {
            await WriteAsync(folder, genesis, events);
            double[] read = new double[Rounds];
            double[] all = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                (read[round], all[round]) = await ReplayAsync(folder, genesis, state);
            }

            Array.Sort(read);
            Array.Sort(all);
            return (read[Rounds / 2], all[Rounds / 2]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task WriteAsync(string folder, Genesis genesis, List<Event> events)
    {
        await using SqliteEventStore store = SqliteEventStore.Open(folder, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance);
        await foreach (StoredBlock held in store.LoadAsync(genesis, CancellationToken.None)) // registers the document
        {
            Invariant.Check(held.Cid.IsNone, "a store just made holds nothing");
        }

        HashSet<Cid> heads = [];
        foreach (Event[] batch in events.Chunk(BatchEvents))
        {
            foreach (Event next in batch)
            {
                heads.Remove(next.Previous);
                heads.ExceptWith(next.Dependencies);
                heads.Add(next.Cid);
            }

            await store.CommitAsync(new StoreBatch { Document = genesis.Cid, Applied = batch, Heads = [.. heads.Order()] }, CancellationToken.None);
        }
    }

    private static async Task<(double ReadMs, double AllMs)> ReplayAsync(string folder, Genesis genesis, EventDigest state)
    {
        GC.Collect();
        TimeSpan started = Environment.CpuUsage.TotalTime;
        using StoreReader reader = StoreReader.Open(folder)!;
        StoredTips tips = (await reader.GetTipsAsync(genesis.Cid, CancellationToken.None))!;
        MemoryContentSource source = await Evidence.FillAsync(genesis, (reader.ReadEventsAsync(genesis.Cid, CancellationToken.None), reader.GetBlockAsync), CancellationToken.None);
        double read = (Environment.CpuUsage.TotalTime - started).TotalMilliseconds;
        ReplayResult result = await Replayer.ReplayAsync(tips.Heads, source);
        double all = (Environment.CpuUsage.TotalTime - started).TotalMilliseconds;
        Invariant.Check(result.FinalState == state, "from the store and from memory the state is one");
        return (read, all);
    }
}
