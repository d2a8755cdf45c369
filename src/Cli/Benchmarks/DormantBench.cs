using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Cli.Benchmarks;

/// <summary>
/// Two sides share many documents that nobody has open; some have one event more at the far side. One session compares all by digest, finds those
/// that differ and brings them. Signed events, real replicas for what is woken, a stream inside this process.
/// </summary>
internal static class DormantBench
{
    /// <summary>Measures one session.</summary>
    public static async Task<(SyncReport Session, double WallMs, double CpuMs, bool IsEqual)> RunAsync(
        int documents, int differing, TimeSpan delay, CancellationToken cancellationToken)
    {
        await using SleepingDocuments near = new();
        await using SleepingDocuments far = new();
        await FillAsync(near, far, documents, differing, cancellationToken);
        (TimeProvider, ISpawner, IChance) runtime = (SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance);
        DocumentSync here = new(new SyncOptions(), near, runtime);
        DocumentSync there = new(new SyncOptions(), far, runtime);
        (DelayedChannel left, DelayedChannel right) = DelayedChannel.CreatePair(delay, SystemTime.Provider, PoolSpawner.Instance);
        await using (left)
        await using (right)
        {
            GC.Collect();
            TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
            long startedAt = SystemTime.Provider.GetTimestamp();
            Task<SyncReport> serving = there.ServeAsync(right, default, cancellationToken);
            SyncReport session = await here.CompareDormantAsync(left, default, cancellationToken);
            double wall = SystemTime.Provider.GetElapsedTime(startedAt).TotalMilliseconds;
            double cpu = (Environment.CpuUsage.TotalTime - cpuBefore).TotalMilliseconds;
            await serving;
            bool isEqual = (await near.SharedAsync(default, cancellationToken)).SequenceEqual(await far.SharedAsync(default, cancellationToken));
            return (session, wall, cpu, isEqual);
        }
    }

    private static async Task FillAsync(SleepingDocuments near, SleepingDocuments far, int documents, int differing, CancellationToken cancellationToken)
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(1));
        KeySigner signer = new(key);
        for (int i = 0; i < documents; i++)
        {
            Genesis genesis = Genesis.Create("bench", $"document {i}");
            await using MemoryEventStore store = new(SystemChance.Instance, withKey: false);
            await using Replica author = await Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = store, Signer = signer }, cancellationToken);
            Event first = await author.AppendEventAsync(new EventDraft { Type = "log" }, cancellationToken);
            await near.AddAsync(genesis, [first], cancellationToken);
            Event[] more = i < differing ? [first, await author.AppendEventAsync(new EventDraft { Type = "log" }, cancellationToken)] : [first];
            await far.AddAsync(genesis, more, cancellationToken);
        }
    }
}
