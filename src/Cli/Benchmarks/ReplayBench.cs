using System.Globalization;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Federation.Records;
using P2P.Crdt.Federation.Replay;
using P2P.Crdt.Federation.State;

namespace P2P.Cli.Benchmarks;

/// <summary>Replays made-up histories of eight authors: artifacts, an edge in every fourth record, a tombstone in every sixteenth. No signatures.</summary>
internal static class ReplayBench
{
    private const int Authors = 8;
    private const int RecordsMeasured = 300_000;
    private const int RoundsMax = 15;

    /// <summary>Replays one history: a small one several times, and the middle counts, so that all sizes are measured over about as much work.</summary>
    public static async Task<ReplayFigures> RunAsync(int records)
    {
        await Task.Yield(); // off the stack of the size before, which keeps its events and its result alive
        Genesis genesis = Genesis.Create("bench", "replay");
        List<Event> events = Make(genesis, records);
        int rounds = Math.Clamp(RecordsMeasured / records, 1, RoundsMax) | 1;
        double[] replay = new double[rounds];
        double[] stopped = new double[rounds];
        double[] folded = new double[rounds];
        double[] yardstick = new double[rounds];
        (EventDigest state, long heap, FoldRun last) = (default, 0, default);
        for (int round = 0; round < rounds; round++)
        {
            (replay[round], stopped[round], state, long kept) = await ReplayAsync(genesis, events);
            heap = round == 0 ? kept : heap;
            last = Fold(events);
            folded[round] = last.Ms;
            Invariant.Check(last.State == state, "a state grown and one computed anew are the same");
            yardstick[round] = ReplayYardstick.Measure(events);
        }

        (double index, double query) = ReplayYardstick.Provenance(events);
        return new ReplayFigures(records, Middle(replay), Middle(folded), heap, state.ToString())
        {
            CollectorMs = Middle(stopped),
            AllocatedBytes = last.Allocated,
            HashedNodes = last.HashedNodes,
            YardstickMs = Middle(yardstick),
            IndexMs = index,
            ProvenanceMs = query,
        };
    }

    private static double Middle(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static async Task<(double Ms, double Stopped, EventDigest State, long Heap)> ReplayAsync(Genesis genesis, List<Event> events)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true); // a round pays for its own garbage only
        TimeSpan stops = GC.GetTotalPauseDuration();
        TimeSpan started = Environment.CpuUsage.TotalTime;
        ReplayResult result = await Replayer.ReplayAsync(genesis, events, new MemoryContentSource());
        double spent = (Environment.CpuUsage.TotalTime - started).TotalMilliseconds;
        double stopped = (GC.GetTotalPauseDuration() - stops).TotalMilliseconds;
        long heap = GC.GetTotalMemory(forceFullCollection: true) - before;
        EventDigest state = result.FinalState;
        GC.KeepAlive(result);
        return (spent, stopped, state, heap);
    }

    private static FoldRun Fold(List<Event> events)
    {
        GC.Collect();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        TimeSpan started = Environment.CpuUsage.TotalTime;
        FederationFold fold = new();
        events.ForEach(fold.Apply);
        EventDigest state = fold.Settle([], new MemoryContentSource()).State!.Hash();
        double spent = (Environment.CpuUsage.TotalTime - started).TotalMilliseconds;
        return new FoldRun(spent, state, GC.GetTotalAllocatedBytes(precise: true) - allocated, fold.HashedNodes);
    }

    private static List<Event> Make(Genesis genesis, int records)
    {
        UnsignedSigner[] signers = [.. Enumerable.Range(1, Authors).Select(static n => new UnsignedSigner(KeyOf(n)))];
        Event?[] last = new Event?[Authors];
        List<Event> events = new(records);
        for (int i = 0; i < records; i++)
        {
            int who = i % Authors;
            Event? previous = last[who];
            Event? other = i % 64 == who ? last[(who + 1) % Authors] : null; // now and then somebody looks around
            bool cites = other is not null && previous is not null && other.Height >= previous.Height;
            AppendContext context = new(
                genesis.Cid,
                signers[who].Author,
                (previous?.Sequence ?? 0) + 1,
                previous?.Cid ?? default,
                cites ? [other!.Cid] : [],
                1 + Math.Max(previous?.Height ?? 0, cites ? other!.Height : 0));
            (string type, byte[] body) = BodyOf(i, previous);
            last[who] = EventCodec.Sign(context, new EventDraft { Type = type, Body = body }, 0, signers[who], out _)!;
            events.Add(last[who]!);
        }

        return events;
    }

    private static (string Type, byte[] Body) BodyOf(int number, Event? previous)
    {
        Cid target = previous is not null && FederationTypes.CanBeHidden(previous.Type) ? previous.Cid : default;
        int round = number / Authors;
        return !target.IsNone && round % 16 == 15 ? (FederationTypes.Tomb, new TombBody(target).Encode())
            : !target.IsNone && round % 4 == 3 ? (FederationTypes.Edge, EdgeBody.Of([target], [previous!.Cid], "next").Encode())
            : (FederationTypes.Artifact, ArtifactBody.OfBytes(System.Text.Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture))).Encode());
    }

    private static byte[] KeyOf(int number)
    {
        byte[] key = [0x08, 0x01, 0x12, 0x20, .. new byte[32]];
        key[4] = (byte)number;
        return key;
    }

    private readonly record struct FoldRun(double Ms, EventDigest State, long Allocated, long HashedNodes);
}
