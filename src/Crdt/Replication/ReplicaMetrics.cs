using System.Diagnostics.Metrics;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Counters of all replicas of a node, on meter <c>P2P.Crdt</c>. Thread-safe.</summary>
public sealed class ReplicaMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "P2P.Crdt";

    private static readonly KeyValuePair<string, object?> s_found = new("found", "true");
    private static readonly KeyValuePair<string, object?> s_notFound = new("found", "false");

    private readonly Meter _meter;
    private readonly Counter<long> _verdicts;
    private readonly Counter<long> _applied;
    private readonly Counter<long> _verifications;
    private readonly Counter<long> _fetches;
    private readonly Counter<long> _retractions;
    private readonly UpDownCounter<long> _poolEvents;
    private readonly UpDownCounter<long> _poolBytes;
    private readonly Counter<long> _poolEvicted;
    private readonly UpDownCounter<long> _heads;
    private readonly UpDownCounter<long> _flagged;
    private readonly UpDownCounter<long> _missing;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _crashes;
    private readonly Counter<long> _callbackFailures;
    private readonly Histogram<double> _commitTime;
    private readonly Histogram<double> _verifyTime;
    private readonly Histogram<double> _applyTime;
    private readonly Histogram<double> _fetchTime;
    private readonly Histogram<long> _inboxDepth;
    private readonly Histogram<double> _poolAge;

    /// <summary>Creates the instruments.</summary>
    /// <param name="factory">Where meters come from, or null for a stand-alone meter.</param>
    public ReplicaMetrics(IMeterFactory? factory = null)
    {
        _meter = factory?.Create(new MeterOptions(MeterName)) ?? new Meter(MeterName);
        _verdicts = _meter.CreateCounter<long>("p2p.crdt.verdicts", "{event}", "Admission verdicts by kind and reason.");
        _applied = _meter.CreateCounter<long>("p2p.crdt.applied", "{event}", "Events applied.");
        _verifications = _meter.CreateCounter<long>("p2p.crdt.verifications", "{signature}", "Signatures verified.");
        _fetches = _meter.CreateCounter<long>("p2p.crdt.fetches", "{event}", "Fetch attempts by outcome.");
        _retractions = _meter.CreateCounter<long>("p2p.crdt.retractions", "{event}", "Events that left the visible set.");
        _poolEvents = _meter.CreateUpDownCounter<long>("p2p.crdt.pool.events", "{event}", "Events in the waiting room.");
        _poolBytes = _meter.CreateUpDownCounter<long>("p2p.crdt.pool.bytes", "By", "Bytes in the waiting room.");
        _poolEvicted = _meter.CreateCounter<long>("p2p.crdt.pool.evicted", "{event}", "Events that left the waiting room for want of room.");
        _heads = _meter.CreateUpDownCounter<long>("p2p.crdt.heads", "{event}", "Heads of open documents.");
        _flagged = _meter.CreateUpDownCounter<long>("p2p.crdt.flagged", "{author}", "Authors that forked.");
        _missing = _meter.CreateUpDownCounter<long>("p2p.crdt.missing", "{event}", "Missing links.");
        _dropped = _meter.CreateCounter<long>("p2p.crdt.inbox.dropped", "{message}", "Gossip dropped because the inbox was full.");
        _crashes = _meter.CreateCounter<long>("p2p.crdt.crashes", "{document}", "Document loops ended by a fault of the program.");
        _callbackFailures = _meter.CreateCounter<long>("p2p.crdt.callback.failures", "{call}", "Folds and callbacks that threw.");
        _verifyTime = _meter.CreateHistogram<double>("p2p.crdt.verify.duration", "s", "Time to check the signatures that arrived together.");
        _applyTime = _meter.CreateHistogram<double>("p2p.crdt.apply.duration", "s", "Time to tell folds, callbacks and readers of a batch.");
        _fetchTime = _meter.CreateHistogram<double>("p2p.crdt.fetch.duration", "s", "Time from asking for missing events to the answer.");
        _inboxDepth = _meter.CreateHistogram<long>("p2p.crdt.inbox.depth", "{command}", "Commands found waiting at a turn of the loop.");
        _poolAge = _meter.CreateHistogram<double>("p2p.crdt.pool.age", "s", "Age of the oldest event in the waiting room, when it changes.");
        _commitTime = _meter.CreateHistogram<double>("p2p.crdt.commit.duration", "s", "Time from a batch to its durability.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    internal void Verdict(EventVerdict verdict) => _verdicts.Add(
        1,
        new KeyValuePair<string, object?>("kind", verdict.Kind.ToString()),
        new KeyValuePair<string, object?>("reason", verdict.Kind == EventVerdictKind.Busy ? verdict.Limit.ToString() : verdict.Reason.ToString()));

    internal void Applied(long count) => _applied.Add(count);

    internal void Verified(long count) => _verifications.Add(count);

    internal void VerifyTook(TimeSpan took) => _verifyTime.Record(took.TotalSeconds);

    internal void ApplyTook(TimeSpan took) => _applyTime.Record(took.TotalSeconds);

    internal void FetchTook(TimeSpan took) => _fetchTime.Record(took.TotalSeconds);

    internal void InboxDepth(long depth) => _inboxDepth.Record(depth);

    internal void PoolAge(TimeSpan age) => _poolAge.Record(age.TotalSeconds);

    internal void Crashed() => _crashes.Add(1);

    internal void CallbackFailed() => _callbackFailures.Add(1);

    internal void Fetched(bool found, long count) => _fetches.Add(count, found ? s_found : s_notFound);

    internal void Retracted(long count) => _retractions.Add(count);

    internal void PoolMoved(long events, long bytes)
    {
        _poolEvents.Add(events);
        _poolBytes.Add(bytes);
    }

    internal void PoolEvicted(long events) => _poolEvicted.Add(events);

    internal void HeadsMoved(long by) => _heads.Add(by);

    internal void FlaggedMoved(long by) => _flagged.Add(by);

    internal void MissingMoved(long by) => _missing.Add(by);

    internal void InboxDropped() => _dropped.Add(1);

    internal void Committed(TimeSpan took) => _commitTime.Record(took.TotalSeconds);
}
