using System.Security.Cryptography;
using P2P.Cli.Traces;
using P2P.Core.Identity;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.HashSeq;
using P2P.Crdt.Local;

namespace P2P.Cli.Benchmarks;

/// <summary>Measures the text type on one trace. Nothing in it knows a particular trace.</summary>
internal sealed class TextBench : IDisposable
{
    private const int PatchesPerEvent = 256;
    private const int YardstickBytes = 16 << 20;

    private readonly EditingTrace _trace;
    private readonly TracePlan _plan;
    private readonly CpuMedian _median;
    private readonly CancellationToken _stop;
    private readonly List<PrivateKey> _keys = [];
    private readonly ISigner[] _signers;
    private readonly ISigner[] _unsigned;
    private bool _textOk = true;

    private TextBench(EditingTrace trace, CpuMedian median, CancellationToken stop)
    {
        _trace = trace;
        _plan = TracePlan.Create(trace);
        _median = median;
        _stop = stop;
        _keys.AddRange(Enumerable.Range(0, _plan.Writers).Select(static _ => PrivateKey.Generate(KeyType.Ed25519, SystemChance.Instance)));
        _signers = [.. _keys.Select(static key => new KeySigner(key))];
        _unsigned = [.. _signers.Select(static signer => new UnsignedSigner(signer.Author))];
    }

    /// <exception cref="CliException">A patch of the trace lies outside the text.</exception>
    public static async Task<TextFigures> RunAsync(EditingTrace trace, CpuMedian median, CancellationToken cancellationToken)
    {
        using TextBench bench = new(trace, median, cancellationToken);
        return await bench.RunAsync();
    }

    public void Dispose() => _keys.ForEach(static key => key.Dispose());

    private async Task<TextFigures> RunAsync()
    {
        TraceReplay.Prepare(_trace, _plan, _unsigned);
        byte[] yardstick = new byte[YardstickBytes];
        double yardstickMs = await MeasureAsync(() => SHA256.HashData(yardstick));
        double localMs = await MeasureAsync(() => Replay(_unsigned, PatchesPerEvent));
        double localSignedMs = await MeasureAsync(() => Replay(_signers, PatchesPerEvent));
        TraceReplay history = Replay(_signers, PatchesPerEvent);
        Check(history);
        byte[] encoded = history.Replicas[0].Text.ExportSnapshot(history.Events);
        double loadMs = await MeasureAsync(() => Load(encoded));
        Check(Load(encoded));
        long heapBytes = Heap(history.Events);
        List<ReadOnlyMemory<byte>> blocks = [.. Replay(_signers, patchesPerEvent: 0).Events.Select(static e => e.Bytes)];
        double remoteMs = await MeasureAsync(() => Receive(blocks, isAuthentic: true));
        double remoteSignedMs = await _median.MeasureAsync(() => Receive(blocks, isAuthentic: false), isWarm: true, _stop);
        Check(Receive(blocks, isAuthentic: true).Text.GetText());
        return new TextFigures
        {
            LocalMs = localMs,
            LocalSignedMs = localSignedMs,
            RemoteEvents = blocks.Count,
            RemoteMs = remoteMs,
            RemoteSignedMs = remoteSignedMs,
            LoadMs = loadMs,
            EncodedBytes = encoded.Length,
            HeapBytes = heapBytes,
            Events = history.Events.Count,
            TextOk = _textOk,
            YardstickMs = yardstickMs,
        };
    }

    private Task<double> MeasureAsync(Func<object> work) => _median.MeasureAsync(work, isWarm: false, _stop);

    private TraceReplay Replay(ISigner[] signers, int patchesPerEvent)
    {
        TraceReplay replay = new(_trace, _plan, signers, patchesPerEvent);
        replay.Run();
        return replay;
    }

    private static LocalReplica Receive(List<ReadOnlyMemory<byte>> blocks, bool isAuthentic)
    {
        LocalReplica replica = new(TraceReplay.Document, signer: null);
        foreach (ReadOnlyMemory<byte> block in blocks)
        {
            EventVerdict verdict = isAuthentic ? replica.InsertAuthentic(block) : replica.Insert(block);
            Invariant.Check(verdict.Kind == EventVerdictKind.Accepted, "an honest event in causal order was refused");
        }

        return replica;
    }

    private static string Load(byte[] encoded)
    {
        SnapshotStatus status = Sequence.ImportSnapshot(encoded, TraceReplay.Document.Cid, options: null, out SeqImport? imported);
        Invariant.Check(status == SnapshotStatus.Valid && imported is not null, "a snapshot of honest events was refused");
        return imported.Sequence.GetText();
    }

    /// <summary>What stays on the heap when everything but one replica with the whole history is collected, its event blocks included.</summary>
    private long Heap(List<Event> events)
    {
        long before = GC.GetTotalMemory(forceFullCollection: true);
        LocalReplica replica = _plan.Writers == 1
            ? Replay(_unsigned, PatchesPerEvent).Replicas[0]
            : Receive([.. events.Select(static e => (ReadOnlyMemory<byte>)e.Bytes.ToArray())], isAuthentic: true);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(replica);
        return after - before;
    }

    private void Check(TraceReplay replay)
    {
        replay.Meet();
        foreach (LocalReplica replica in replay.Replicas)
        {
            Check(replica.Text.GetText());
        }
    }

    private void Check(string text) => _textOk &= text == _trace.End;
}
