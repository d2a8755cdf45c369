using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage.Inspection;
using P2P.Storage.Tests.Disk;
using Xunit.Abstractions;

namespace P2P.Storage.Tests;

/// <summary>A writer process is killed again and again; nothing it acknowledged is lost. Durability specification, section 4.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    /// <summary>The crowd that stands for a writer that makes snapshots and compacts.</summary>
    internal const int Compacting = 0;

    /// <summary>The crowd that stands for a writer that stores data, links to it and evicts at the same time.</summary>
    internal const int Evicting = -1;

    private const int Lanes = 2;
    private const int RoundsPerFolder = 10;
    private const int LongestLifeMilliseconds = 60;
    private static readonly int[] s_crowds = [1, 10, 100];

    internal static Genesis Document { get; } = Genesis.Create("test", "killed");

    [Fact]
    public async Task Killed_at_any_moment_the_store_keeps_every_acknowledged_event_and_no_number_is_used_twice()
    {
        int rounds = Scale.Of(200, 2_000);
        long[] acknowledged = await Task.WhenAll(
            Enumerable.Range(0, Lanes).Select(lane => PoolSpawner.Instance.StartAsync(() => RunLaneAsync(Scale.Seed + (ulong)lane, rounds / Lanes))));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {Scale.Seed}: {rounds} rounds, {acknowledged.Sum()} events acknowledged, 0 lost"));
    }

    [Fact]
    public async Task Killed_while_it_compacts_the_store_gives_every_acknowledged_event_back()
    {
        int rounds = Scale.Of(20, 200);
        SeededChance chance = new(Scale.Seed);
        long dropped = 0;
        Writer standby = Writer.Start();
        for (int round = 0; round < rounds; round += RoundsPerFolder)
        {
            using TempFolder folder = TempFolder.InMemory();
            ulong highest = 0;
            for (int i = 0; i < RoundsPerFolder; i++)
            {
                using Writer writer = standby;
                List<ulong> numbers = writer.RunAndKill(folder.Path, Compacting, chance.Below(LongestLifeMilliseconds));
                standby = Writer.Start();
                highest = Math.Max(highest, numbers.Max());
                dropped = Math.Max(dropped, await CheckCompactedAsync(folder, highest));
            }
        }

        standby.Dispose();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {Scale.Seed}: {rounds} rounds, up to {dropped} events dropped in a store, 0 lost"));
        Assert.True(dropped > 0, "No store was compacted: the moments are wrong.");
    }

    [Fact]
    public async Task Killed_while_it_evicts_the_store_keeps_every_acknowledged_event_and_what_it_links_to()
    {
        int rounds = Scale.Of(20, 200);
        SeededChance chance = new(Scale.Seed);
        long events = 0;
        Writer standby = Writer.Start();
        for (int round = 0; round < rounds; round += RoundsPerFolder)
        {
            using TempFolder folder = TempFolder.InMemory();
            ulong highest = 0;
            for (int i = 0; i < RoundsPerFolder; i++)
            {
                using Writer writer = standby;
                List<ulong> numbers = writer.RunAndKill(folder.Path, Evicting, chance.Below(LongestLifeMilliseconds));
                standby = Writer.Start();
                highest = Math.Max(highest, numbers.Max());
                events += await CheckEvictedAsync(folder, highest);
            }
        }

        standby.Dispose();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed {Scale.Seed}: {rounds} rounds, {events} payloads looked for, 0 lost"));
    }

    private static async Task<int> CheckEvictedAsync(TempFolder folder, ulong highest)
    {
        List<Cid> kept = [];
        await using (Larder larder = await Larder.OpenAsync(folder))
        {
            Assert.True((ulong)larder.Replica.Status.AppliedCount >= highest, $"{larder.Replica.Status.AppliedCount} of {highest}");
            foreach (Event own in await larder.Replica.ViewAtAsync(larder.Replica.Status.Heads))
            {
                kept.Add(own.Cid);
                kept.AddRange(LooseBlocks.LinksOf(own.Body.Span));
            }
        }

        Assert.Equal(kept.Count, kept.Distinct().Count());
        await Larder.AssertKeptAsync(folder, kept);
        return kept.Count / 2;
    }

    private static async Task<long> CheckCompactedAsync(TempFolder folder, ulong highest)
    {
        await using (Typist typist = await Typist.OpenAsync(folder))
        {
            ReplicaStatus status = typist.Replica.Status;
            Assert.True((ulong)status.AppliedCount >= highest, $"{status.AppliedCount} of {highest}");
            Assert.Equal(status.AppliedCount, (await typist.Replica.ViewAtAsync(status.Heads)).Count);
            Assert.Equal(0, typist.Store.CorruptBlocks);
            Assert.False(typist.Store.AuthorRotated);
        }

        using StoreInspector inspector = StoreInspector.Open(folder.Path)!;
        StoreReport report = await inspector.VerifyAsync(default);
        Assert.True(report.IsSound, string.Join('\n', report.Problems.Select(static p => p.Text)));
        return report.Dropped;
    }

    private static async Task<long> RunLaneAsync(ulong seed, int rounds)
    {
        SeededChance chance = new(seed);
        long acknowledged = 0;
        Writer standby = Writer.Start();
        for (int round = 0; round < rounds; round += RoundsPerFolder)
        {
            using TempFolder folder = TempFolder.InMemory(); // a kill does not reach what the kernel has: the disk below plays no part
            ulong highest = 0;
            for (int i = 0; i < RoundsPerFolder; i++)
            {
                using Writer writer = standby;
                List<ulong> numbers = writer.RunAndKill(folder.Path, s_crowds[(round + i) % s_crowds.Length], chance.Below(LongestLifeMilliseconds));
                standby = Writer.Start(); // it loads its runtime while we look at what the last one left
                Assert.NotEmpty(numbers);
                acknowledged += numbers.Count;
                highest = await CheckAsync(folder, Math.Max(highest, numbers.Max()), round + i);
            }
        }

        standby.Dispose();
        return acknowledged;
    }

    private static async Task<ulong> CheckAsync(TempFolder folder, ulong highest, int round)
    {
        Event next;
        await using (SqliteEventStore store = StoreTests.Open(folder))
        {
            Assert.False(store.WasClean);
            Assert.False(store.AuthorRotated); // a crash alone is no restored backup
            Assert.Equal(0, store.RepairedRows);
            await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Document, Store = store });
            Assert.True((ulong)replica.Status.AppliedCount >= highest, $"Round {round}: {replica.Status.AppliedCount} of {highest}");
            next = await replica.AppendEventAsync(new EventDraft { Type = "note" });
            Assert.Equal((ulong)replica.Status.AppliedCount, next.Sequence);
            Assert.Empty(replica.Status.Forks);
            Assert.Equal([next.Cid], replica.Status.Heads);
        }

        StoreTests.AssertConsistent(folder);
        return next.Sequence;
    }

    /// <summary>A process that waits for its orders, so that its start is not part of a round.</summary>
    private sealed class Writer : IDisposable
    {
        private readonly AnonymousPipeServerStream _orders = new(PipeDirection.Out, HandleInheritability.Inheritable);
        private readonly AnonymousPipeServerStream _acknowledged = new(PipeDirection.In, HandleInheritability.Inheritable);
        private readonly Process _process;

        private Writer()
        {
            ProcessStartInfo start = new(DotnetPath()) { UseShellExecute = false };
            foreach (string argument in new[]
            {
                "exec", typeof(KillTests).Assembly.Location, "--writer", _orders.GetClientHandleAsString(), _acknowledged.GetClientHandleAsString(),
            })
            {
                start.ArgumentList.Add(argument);
            }

            start.Environment["DOTNET_TieredPGO"] = "0"; // it does not live long enough to gain from it
            _process = Process.Start(start)!;
            _orders.DisposeLocalCopyOfClientHandle();
            _acknowledged.DisposeLocalCopyOfClientHandle();
        }

        public static Writer Start() => new();

        public List<ulong> RunAndKill(string directory, int crowd, int milliseconds)
        {
            using (StreamWriter orders = new(_orders))
            {
                orders.WriteLine(directory);
                orders.WriteLine(crowd.ToString(CultureInfo.InvariantCulture));
            }

            List<ulong> acknowledged = [];
            byte[] number = new byte[8];
            using CancellationTokenRegistration hang = TestSupport.Watchdog.Start().Register(_process.Kill); // ends the read, and nothing was acknowledged
            Read(number, acknowledged); // running: the first acknowledgement
            _process.WaitForExit(milliseconds);
            _process.Kill();
            while (Read(number, acknowledged))
            {
            }

            _process.WaitForExit();
            return acknowledged;
        }

        public void Dispose()
        {
            _process.Kill();
            _process.Dispose();
            _orders.Dispose();
            _acknowledged.Dispose();
        }

        private bool Read(byte[] number, List<ulong> acknowledged)
        {
            if (_acknowledged.ReadAtLeast(number, number.Length, throwOnEndOfStream: false) < number.Length)
            {
                return false;
            }

            acknowledged.Add(BitConverter.ToUInt64(number));
            return true;
        }

        private static string DotnetPath() => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
    }
}
