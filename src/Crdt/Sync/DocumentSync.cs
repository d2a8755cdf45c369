using System.Diagnostics;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Replication;

namespace P2P.Crdt.Sync;

/// <summary>
/// The sync protocol of one node: runs sessions over streams that somebody else opened or accepted. Thread-safe. The caller owns the
/// streams: it closes them when a session that reported <see cref="SyncRefusal.None"/> is over, and resets them otherwise.
/// </summary>
/// <remarks>Spec: replica, section 12.</remarks>
public sealed class DocumentSync
{
    private readonly SyncOptions _options;
    private readonly ISyncDocuments _documents;
    private readonly TimeProvider _time;
    private readonly ISpawner _spawner;
    private readonly IChance _chance;
    private readonly long[] _refused = new long[Enum.GetValues<SyncRefusal>().Length];
    private readonly ISyncHints? _hints;
    private readonly long _startedAt;
    private SyncSlots _slots = SyncSlots.Empty;

    /// <summary>Makes it; nothing runs until a session does.</summary>
    /// <param name="options">Local limits.</param>
    /// <param name="documents">Open and dormant documents of this node.</param>
    /// <param name="runtime">Clock, loops, nonces.</param>
    /// <param name="hints">Clocks of documents; null reconciles every session without them.</param>
    public DocumentSync(
        SyncOptions options, ISyncDocuments documents, (TimeProvider Time, ISpawner Spawner, IChance Chance) runtime, ISyncHints? hints = null)
    {
        _hints = hints;
        _options = options;
        _documents = documents;
        (_time, _spawner, _chance) = runtime;
        _startedAt = _time.GetTimestamp();
    }

    /// <summary>As the other, for open documents only.</summary>
    /// <param name="options">Local limits.</param>
    /// <param name="find">Open replicas by document; called from any thread.</param>
    /// <param name="runtime">Clock, loops, nonces.</param>
    public DocumentSync(SyncOptions options, Func<Cid, Replica?> find, (TimeProvider Time, ISpawner Spawner, IChance Chance) runtime)
        : this(options, new OpenDocuments(find), runtime)
    {
    }

    /// <summary>The limits in force.</summary>
    public SyncOptions Options => _options;

    /// <summary>How many sessions ended for this reason (<see cref="SyncRefusal.Provisional"/>: blocks dropped).</summary>
    /// <param name="reason">The reason.</param>
    public long Refused(SyncRefusal reason) => Interlocked.Read(ref _refused[(int)reason]);

    /// <summary>Runs a session on a stream that was opened here.</summary>
    /// <param name="channel">The stream.</param>
    /// <param name="peer">Its verified peer.</param>
    /// <param name="documents">Documents to compare, at most 1,024; those not held here are left out.</param>
    /// <param name="cancellationToken">Cuts the session; what was admitted stays.</param>
    public Task<SyncReport> OpenAsync(ISyncChannel channel, PeerId peer, IReadOnlyList<Cid> documents, CancellationToken cancellationToken) =>
        RunAsync(channel, peer, (documents, false), cancellationToken);

    /// <summary>As <see cref="OpenAsync"/>; dormant documents that both have named are compared by one digest first.</summary>
    /// <param name="channel">The stream.</param>
    /// <param name="peer">Its verified peer.</param>
    /// <param name="cancellationToken">Cuts the session; what was admitted stays.</param>
    public Task<SyncReport> CompareDormantAsync(ISyncChannel channel, PeerId peer, CancellationToken cancellationToken) =>
        RunAsync(channel, peer, ([], true), cancellationToken);

    /// <summary>Runs a session on a stream that the peer opened.</summary>
    /// <param name="channel">The stream.</param>
    /// <param name="peer">Its verified peer.</param>
    /// <param name="cancellationToken">Cuts the session; what was admitted stays.</param>
    public Task<SyncReport> ServeAsync(ISyncChannel channel, PeerId peer, CancellationToken cancellationToken) =>
        RunAsync(channel, peer, null, cancellationToken);

    private async Task<SyncReport> RunAsync(ISyncChannel channel, PeerId peer, (IReadOnlyList<Cid> Documents, bool ComparesDormant)? begin, CancellationToken cancellationToken)
    {
        SyncSlot slot = new(peer, begin is not null, _time.GetElapsedTime(_startedAt));
        if (!TryEnter(slot))
        {
            return Count(new SyncReport { Refusal = SyncRefusal.Busy });
        }

        try
        {
            byte[] nonce = new byte[SyncProtocol.NonceBytes];
            _chance.Fill(nonce);
            SyncDesk desk = new(_documents, _hints, peer);
            SyncStarted? start = begin is { } what
                ? new SyncStarted(what.Documents, what.ComparesDormant ? await desk.SharedAsync(cancellationToken) : null)
                : null;
            SyncSession session = new(_options, start is not null, nonce, TimeSpan.Zero);
            SyncLoop loop = new(channel, desk, session, _options, _time, _spawner);
            using Activity? activity = CrdtTraces.Source.StartActivity(CrdtTraces.Sync, start is null ? ActivityKind.Server : ActivityKind.Client);
            slot.OnDisplaced(loop.Displace);
            SyncReport report = Count(await loop.RunAsync(start, cancellationToken));
            Describe(activity, report);
            await ObserveAsync(desk, report, cancellationToken);
            return report;
        }
        finally
        {
            Leave(slot);
        }
    }

    // Sessions begin on any thread: the table is replaced as a whole.
    private bool TryEnter(SyncSlot slot)
    {
        while (true)
        {
            SyncSlots before = Volatile.Read(ref _slots);
            SyncSlots? after = before.Enter(slot, _options, out SyncSlot? victim);
            if (after is null)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _slots, after, before) == before)
            {
                victim?.Displace();
                return true;
            }
        }
    }

    private void Leave(SyncSlot slot)
    {
        SyncSlots before;
        do
        {
            before = Volatile.Read(ref _slots);
        }
        while (Interlocked.CompareExchange(ref _slots, before.Leave(slot), before) != before);
    }

    private static async Task ObserveAsync(SyncDesk desk, SyncReport report, CancellationToken cancellationToken)
    {
        try
        {
            await desk.ObserveAsync(report, cancellationToken);
        }
        catch (Exception closed) when (closed is ReplicaException or OperationCanceledException)
        {
            return; // what the clocks miss costs bytes next time
        }
    }

    private static void Describe(Activity? activity, SyncReport report)
    {
        activity?.SetTag("p2p.sync.documents", report.Documents).SetTag("p2p.sync.events.received", report.EventsAccepted)
            .SetTag("p2p.sync.events.sent", report.EventsSent).SetTag("p2p.sync.bytes", report.BytesSent + report.BytesReceived);
        if (report.Refusal != SyncRefusal.None)
        {
            activity.Failed(report.Refusal);
        }
    }

    private SyncReport Count(SyncReport report)
    {
        Interlocked.Increment(ref _refused[(int)report.Refusal]);
        Interlocked.Add(ref _refused[(int)SyncRefusal.Provisional], report.ProvisionalDropped);
        return report;
    }
}
