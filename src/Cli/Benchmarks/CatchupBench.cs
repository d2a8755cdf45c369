using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;
using P2P.Storage;

namespace P2P.Cli.Benchmarks;

/// <summary>
/// A replica that has the first half of a document's events catches up with one that has all, by the sync protocol, over a stream
/// inside this process with a delay in each direction. Events are signed; signatures, hashes and admission are real.
/// </summary>
internal static class CatchupBench
{
    private const string Text = "one hundred bytes of text, as in a log line that somebody writes, with a date and a few more words ...";

    /// <summary>Events of the catch-up before the measured one: it pays for the just-in-time compiler.</summary>
    private const int WarmUpEvents = 500;

    /// <summary>Measures one catch-up, behind a small one in the same process.</summary>
    public static async Task<CatchupFigures> RunAsync(CatchupPlan plan, CancellationToken cancellationToken)
    {
        CatchupFigures cold = await RunOnceAsync(plan with { Events = WarmUpEvents, Missing = WarmUpEvents }, cancellationToken);
        return await RunOnceAsync(plan, cancellationToken) with { ColdFirstEventMs = cold.FirstEventMs };
    }

    private static async Task<CatchupFigures> RunOnceAsync(CatchupPlan plan, CancellationToken cancellationToken)
    {
        string? folder = plan.IsOnDisk ? Directory.CreateTempSubdirectory("p2p-catchup-").FullName : null;
        CatchupWork work = new();
        try
        {
            await using IEventStore store = folder is null
                ? new MeasuredStore(new MemoryEventStore(SystemChance.Instance, withKey: false), work.Store)
                : SqliteEventStore.Open(folder, new StorageOptions { Commits = work.Store }, SystemChance.Instance, PoolSpawner.Instance);
            return await RunAsync(plan, store, work, cancellationToken);
        }
        finally
        {
            if (folder is not null)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private static async Task<CatchupFigures> RunAsync(CatchupPlan plan, IEventStore behindStore, CatchupWork work, CancellationToken cancellationToken)
    {
        Genesis genesis = Genesis.Create("bench", "catchup");
        List<Event> all = Write(genesis, plan.Events, plan.Replicas);
        await using MemoryEventStore aheadStore = new(SystemChance.Instance, withKey: false);
        await using Replica ahead = await Replica.OpenAsync(new ReplicaOptions { Genesis = genesis, Store = aheadStore }, cancellationToken);
        using CatchupMeter meter = new();
        using ReplicaMetrics metrics = new();
        long startedAt = 0;
        double firstMs = 0;
        ReplicaOptions options = new()
        {
            Genesis = genesis,
            Store = behindStore,
            Metrics = metrics,
            Work = work.Replica,
            OnNewEvent = (_, _) => firstMs = startedAt != 0 && firstMs == 0 ? SystemTime.Provider.GetElapsedTime(startedAt).TotalMilliseconds : firstMs,
        };
        await using Replica behind = await Replica.OpenAsync(options, cancellationToken);
        await InsertAsync(ahead, all, cancellationToken);
        await InsertAsync(behind, all.Take(plan.Events - plan.Missing), cancellationToken);
        GC.Collect();

        long verified = meter.Verifications;
        CatchupSplit before = work.Split();
        (SyncReport report, double wall, double cpu) = await MeasureAsync(ahead, behind, (plan.Delay, work), t => startedAt = t, cancellationToken);
        bool isEqual = ahead.Status.FrontierHash == behind.Status.FrontierHash && report.EventsAccepted == plan.Missing;
        return new CatchupFigures(plan.Events, plan.Missing, wall, cpu, firstMs, isEqual)
        {
            Session = report,
            Verifications = meter.Verifications - verified,
            Split = work.Split() - before,
        };
    }

    private static async Task<(SyncReport Report, double WallMs, double CpuMs)> MeasureAsync(
        Replica ahead, Replica behind, (TimeSpan Delay, CatchupWork Work) how, Action<long> started, CancellationToken cancellationToken)
    {
        (DelayedChannel near, DelayedChannel far) = DelayedChannel.CreatePair(how.Delay, SystemTime.Provider, PoolSpawner.Instance);
        DocumentSync here = Sync(behind, new SyncOptions { Reading = how.Work.Reading });
        DocumentSync there = Sync(ahead, new SyncOptions());
        TimeSpan cpuBefore = Environment.CpuUsage.TotalTime;
        long startedAt = SystemTime.Provider.GetTimestamp();
        started(startedAt);
        Task<SyncReport> serving = there.ServeAsync(far, PeerOf(2), cancellationToken);
        SyncReport report = await here.OpenAsync(near, PeerOf(1), [behind.Document], cancellationToken);
        double wall = SystemTime.Provider.GetElapsedTime(startedAt).TotalMilliseconds;
        double cpu = (Environment.CpuUsage.TotalTime - cpuBefore).TotalMilliseconds;
        await serving;
        await near.DisposeAsync();
        await far.DisposeAsync();
        return (report, wall, cpu);
    }

    private static DocumentSync Sync(Replica replica, SyncOptions options) => new(
        options,
        document => document == replica.Document ? replica : null,
        (SystemTime.Provider, PoolSpawner.Instance, SystemChance.Instance));

    private static PeerId PeerOf(ulong seed)
    {
        using PrivateKey key = PrivateKey.Generate(KeyType.Ed25519, new SeededChance(seed));
        return key.PublicKey.PeerId;
    }

    private static async Task InsertAsync(Replica replica, IEnumerable<Event> events, CancellationToken cancellationToken)
    {
        foreach (Event[] pack in events.Chunk(1_000))
        {
            await replica.InsertPackAsync([.. pack.Select(static e => e.Bytes)], default, cancellationToken);
        }
    }

    // Authors take turns at random; two times of three an event also cites what another wrote a little before.
    private static List<Event> Write(Genesis genesis, int events, int replicas)
    {
        SeededChance chance = new(1);
        KeySigner[] signers = [.. Enumerable.Range(0, replicas).Select(_ => new KeySigner(PrivateKey.Generate(KeyType.Ed25519, chance)))];
        Event?[] tips = new Event?[replicas];
        ulong[] cited = new ulong[replicas];
        List<Event> all = new(events);
        byte[] body = [0xa1, 0x61, (byte)'x', 0x78, (byte)(Text.Length - 1), .. System.Text.Encoding.ASCII.GetBytes(Text[..^1])];
        for (int i = 0; i < events; i++)
        {
            int who = chance.Below(replicas);
            Event? previous = tips[who];
            Event? other = all.Count > 0 && chance.Below(3) > 0 ? all[Math.Max(0, all.Count - 1 - chance.Below(2 * replicas))] : null;
            bool isNew = other is not null && !other.Author.Span.SequenceEqual(signers[who].Author.Span)
                && other.Height > Math.Max(cited[who], previous?.Height ?? 0);
            ulong height = 1 + Math.Max(previous?.Height ?? 0, isNew ? other!.Height : 0);
            AppendContext context = new(
                genesis.Cid, signers[who].Author, (previous?.Sequence ?? 0) + 1, previous?.Cid ?? default, isNew ? [other!.Cid] : [], height);
            Event written = EventCodec.Sign(context, new EventDraft { Type = "log", Body = body }, 1_700_000_000_000 + (ulong)i, signers[who], out InvalidReason reason)
                ?? throw new InvalidOperationException($"The bench wrote an event that is refused: {reason}.");
            cited[who] = isNew ? other!.Height : cited[who];
            tips[who] = written;
            all.Add(written);
        }

        return all;
    }
}
