using System.Diagnostics.Metrics;
using P2P.Crdt.Replication;
using P2P.Storage.Eviction;

namespace P2P.Storage;

/// <summary>Instruments of the meter <c>P2P.Storage</c>. Thread-safe.</summary>
internal sealed class StoreMetrics : IDisposable
{
    private static readonly KeyValuePair<string, object?>[] s_errors =
        [.. Enum.GetValues<StoreError>().Select(static error => new KeyValuePair<string, object?>("error", error.ToString()))];

    private readonly Meter _meter;
    private readonly Counter<long> _commits;
    private readonly Counter<long> _writes;
    private readonly Counter<long> _failures;
    private readonly Histogram<long> _group;
    private readonly Counter<long> _evicted;
    private readonly Counter<long> _evictedBytes;

    public StoreMetrics(IMeterFactory? factory, StoreSpace space, Func<int> corruptBlocks)
    {
        _meter = factory?.Create(new MeterOptions("P2P.Storage")) ?? new Meter("P2P.Storage");
        _commits = _meter.CreateCounter<long>("p2p.storage.commits", "{transaction}", "Durable transactions.");
        _writes = _meter.CreateCounter<long>("p2p.storage.writes", "{write}", "Writes acknowledged.");
        _failures = _meter.CreateCounter<long>("p2p.storage.failures", "{write}", "Writes not acknowledged, by error.");
        _group = _meter.CreateHistogram<long>("p2p.storage.group", "{write}", "Writes that shared a transaction.");
        _evicted = _meter.CreateCounter<long>("p2p.storage.evicted", "{block}", "Blocks dropped to make room below the quota.");
        _evictedBytes = _meter.CreateCounter<long>("p2p.storage.evicted_bytes", "By", "Their bytes.");
        _meter.CreateObservableGauge("p2p.storage.used", () => space.UsedBytes, "By", "Bytes of the database in use.");
        _meter.CreateObservableGauge("p2p.storage.room", () => (int)space.Room, "{level}", "Whose events there is room for: the number of StoreRoom.");
        _meter.CreateObservableCounter("p2p.storage.corrupt_blocks", () => corruptBlocks(), "{block}", "Rotten blocks met.");
    }

    public void Committed(int writes)
    {
        _commits.Add(1);
        _writes.Add(writes);
        _group.Record(writes);
    }

    public void Evicted(StoreEvicted evicted)
    {
        _evicted.Add(evicted.Blocks);
        _evictedBytes.Add(evicted.Bytes);
    }

    public void Failed(StoreError error, int writes) => _failures.Add(writes, s_errors[(int)error]);

    public void Dispose() => _meter.Dispose();
}
