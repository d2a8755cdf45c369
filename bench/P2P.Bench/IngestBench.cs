using System.Diagnostics;
using System.Globalization;
using P2P.Core.Crypto;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage;

namespace P2P.Bench;

/// <summary>
/// Signed events of many authors, each block handed over on its own and each signature checked: what a live replica does. Beside it what
/// <c>openssl speed ed25519</c> verifies on one core, per CPU second and per second on the wall, measured before and after in the same run.
/// </summary>
internal static class IngestBench
{
    private const int Authors = 100;
    private const int BodyBytes = 100;

    public static async Task RunAsync(int events, int speedSeconds)
    {
        List<ReadOnlyMemory<byte>> blocks = Write(events);
        (double cpuBefore, double wallBefore) = OpenSslVerifications(speedSeconds);
        await IngestAsync(null, blocks, inFlight: 256, static () => new MemoryEventStore(SystemChance.Instance)); // warm-up
        List<Row> rows =
        [
            await IngestAsync("ingest-live-memory", blocks, inFlight: 256, static () => new MemoryEventStore(SystemChance.Instance)),
            await IngestAsync("ingest-live-memory-one-at-a-time", blocks, inFlight: 1, static () => new MemoryEventStore(SystemChance.Instance)),
        ];
        string folder = Directory.CreateTempSubdirectory("p2p-bench-").FullName;
        rows.Add(await IngestAsync(
            "ingest-live-sqlite", blocks, inFlight: 256, () => SqliteEventStore.Open(folder, new StorageOptions(), SystemChance.Instance, PoolSpawner.Instance)));
        Directory.Delete(folder, recursive: true);
        (double cpuAfter, double wallAfter) = OpenSslVerifications(speedSeconds);
        double openssl = (cpuBefore + cpuAfter) / 2;
        double opensslWall = (wallBefore + wallAfter) / 2;
        Measurement.Print("openssl-speed-ed25519", ("verifications_per_cpu_s", openssl), ("verifications_per_wall_s", opensslWall), ("processors", Environment.ProcessorCount));
        Console.WriteLine($$"""{"bench":"verifies-with","backend":"{{Ed25519.BackendName}}"}""");
        foreach (Row row in rows)
        {
            Measurement.Print(
                row.Name,
                ("events", blocks.Count),
                ("authors", Authors),
                ("events_per_cpu_s", row.PerCpu),
                ("events_per_wall_s", row.PerWall),
                ("of_openssl_per_cpu_s", row.PerCpu / openssl),
                ("of_openssl_wall", row.PerWall / opensslWall),
                ("bytes_allocated_per_event", row.Allocated));
        }
    }

    private static Genesis Document => Genesis.Create("bench", "ingest");

    // Each author goes on from the newest event of all: one head, a past of a hundred chains.
    private static List<ReadOnlyMemory<byte>> Write(int events)
    {
        KeySigner[] signers = [.. Enumerable.Range(0, Authors).Select(static _ => new KeySigner(PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance)))];
        Event?[] tips = new Event?[Authors];
        SeededChance chance = new(1);
        List<ReadOnlyMemory<byte>> blocks = new(events);
        Event? newest = null;
        Cid document = Document.Cid;
        byte[] body = [0xa1, 0x61, (byte)'x', 0x58, BodyBytes, .. new byte[BodyBytes]];
        for (int i = 0; i < events; i++)
        {
            int author = (int)(chance.NextUInt64() % Authors);
            Event? previous = tips[author];
            Cid[] dependencies = newest is null || ReferenceEquals(newest, previous) ? [] : [newest.Cid];
            AppendContext context = new(
                document, signers[author].Author, (previous?.Sequence ?? 0) + 1, previous?.Cid ?? default, dependencies, (newest?.Height ?? 0) + 1);
            newest = tips[author] = EventCodec.Sign(context, new EventDraft { Type = "note", Body = body }, 0, signers[author], out InvalidReason reason)
                ?? throw new UnreachableException(reason.ToString());
            blocks.Add(newest.Bytes);
        }

        return blocks;
    }

    private static async Task<Row> IngestAsync(string? name, List<ReadOnlyMemory<byte>> blocks, int inFlight, Func<IEventStore> open)
    {
        await using IEventStore store = open();
        await using Replica replica = await Replica.OpenAsync(new ReplicaOptions { Genesis = Document, Store = store });
        GC.Collect();
        Queue<Task<EventVerdict>> waiting = new();
        Measurement measurement = new();
        foreach (ReadOnlyMemory<byte> block in blocks)
        {
            if (waiting.Count == inFlight)
            {
                Check(await waiting.Dequeue());
            }

            waiting.Enqueue(replica.InsertBlockAsync(block));
        }

        while (waiting.TryDequeue(out Task<EventVerdict>? last))
        {
            Check(await last);
        }

        (double cpu, double wall, long allocated) = measurement.Stop();
        return new Row(name ?? string.Empty, blocks.Count / cpu, blocks.Count / wall, allocated / (double)blocks.Count);
    }

    private static void Check(EventVerdict verdict)
    {
        if (verdict.Kind != EventVerdictKind.Accepted)
        {
            throw new InvalidOperationException($"An honest event was not accepted: {verdict.Kind} {verdict.Reason}.");
        }
    }

    // By CPU time of its one thread, and by the clock on the wall: what else runs on the machine slows both sides of the second comparison.
    private static (double PerCpu, double PerWall) OpenSslVerifications(int seconds) => (OpenSslSpeed(seconds), OpenSslSpeed(seconds, "-elapsed"));

    private static double OpenSslSpeed(int seconds, params string[] more)
    {
        using Process speed = Process.Start(new ProcessStartInfo("openssl", ["speed", "-seconds", seconds.ToString(CultureInfo.InvariantCulture), .. more, "ed25519"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        speed.ErrorDataReceived += static (_, _) => { };
        speed.BeginErrorReadLine();
        string[] words = speed.StandardOutput.ReadToEnd().Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        speed.WaitForExit();
        return double.Parse(words[^1], CultureInfo.InvariantCulture); // the last column of the last line: verify/s
    }

    private sealed record Row(string Name, double PerCpu, double PerWall, double Allocated);
}
