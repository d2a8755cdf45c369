using P2P.Core.Multiformats;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;

namespace P2P.Crdt.Replication;

/// <summary>Tells what is durable: folds, callback, change log, metrics, status. Called by the loop only.</summary>
internal sealed class ReplicaPublisher(ReplicaOptions options)
{
    private ReplicaStatus? _status;
    private (long Pool, long Bytes, long Heads, long Flagged, long Missing) _shown;

    /// <summary>Every change so far.</summary>
    public ChangeLog Changes { get; private set; } = new();

    /// <summary>The latest snapshot; read from any thread.</summary>
    public ReplicaStatus Status => Volatile.Read(ref _status)!;

    /// <summary>Takes what the store held.</summary>
    /// <param name="replayed">The history.</param>
    /// <param name="callFolds">False when they have it already (a reload).</param>
    /// <param name="cancellationToken">Ends reading of the store.</param>
    public async ValueTask ReplayAsync(StagedBatch replayed, bool callFolds, CancellationToken cancellationToken)
    {
        Changes = callFolds ? Changes : new ChangeLog();
        int from = Changes.Add(replayed);
        if (callFolds)
        {
            await CallFoldsAsync(replayed, from, cancellationToken);
        }
    }

    /// <summary>Publishes a durable batch.</summary>
    /// <returns>Both events of every fork proof found, to be broadcast.</returns>
    public async ValueTask<List<Event>> PublishAsync(StagedBatch batch, CancellationToken cancellationToken)
    {
        int from = Changes.Add(batch);
        await CallFoldsAsync(batch, from, cancellationToken);
        foreach ((_, Event applied, EventSource source) in batch.Applied)
        {
            options.OnNewEvent?.Invoke(applied, source);
        }

        options.Metrics?.Applied(batch.Applied.Count);
        List<Event> proofs = [];
        Dictionary<Cid, Event> known = Known(batch);
        foreach (ForkInfo fork in batch.Forks)
        {
            // Only what everybody can check alone is broadcast: a block with a bad own signature is not (section 3).
            foreach (Cid cid in new[] { fork.First, fork.Second })
            {
                if (await FindAsync(cid, known, cancellationToken) is Event side && EventCodec.VerifySignature(side))
                {
                    proofs.Add(side);
                }
            }
        }

        if (batch.Changes.Count > 0)
        {
            Changes.Signal();
        }

        return proofs;
    }

    /// <summary>Makes a new snapshot.</summary>
    public void PublishStatus(ReplicaCore core, TimeSpan now)
    {
        MerkleClock clock = core.State.Clock;
        (int confirming, int known) = core.Peers;
        ReplicaStatus status = new()
        {
            Document = options.Genesis.Cid,
            Heads = core.PublishedHeads,
            FrontierHash = core.PublishedFrontier,
            Height = clock.Height,
            AppliedCount = core.PublishedCount,
            VisibleCount = clock.VisibleCount,
            SyncState = core.Missing.IsStalled ? SyncState.Stalled
                : core.Missing.IsLooking ? SyncState.Syncing
                : confirming >= 2 || (confirming == 1 && known == 1) ? SyncState.Confirmed
                : SyncState.Unknown,
            ConfirmedBy = confirming,
            Forks = [.. clock.Flagged.Select(static a => new ForkInfo(a.Protobuf, a.ForkSequence, a.Proof!.Value.First.Cid, a.Proof.Value.Second.Cid))],
            PendingCount = core.Pool.Count,
            PendingBytes = core.Pool.Bytes,
            PendingOldest = core.Pool.OldestSince is TimeSpan since ? now - since : TimeSpan.Zero,
            MissingCount = core.Missing.NeededCount,
            IdentityReused = core.Writer.IsIdentityReused,
            Fault = core.Fault,
        };
        Volatile.Write(ref _status, status);
        Gauge((status.PendingCount, status.PendingBytes, status.Heads.Count, status.Forks.Count, status.MissingCount));
    }

    /// <summary>Takes this replica's share out of the gauges.</summary>
    public void Retire() => Gauge(default);

    /// <summary>An event by CID, from memory or the store.</summary>
    public async ValueTask<Event?> FindAsync(Cid cid, Dictionary<Cid, Event>? known, CancellationToken cancellationToken)
    {
        if (known is not null && known.TryGetValue(cid, out Event? here))
        {
            return here;
        }

        ReadOnlyMemory<byte>? bytes = await options.Store.GetBlockAsync(cid, cancellationToken);
        return bytes is ReadOnlyMemory<byte> block && EventCodec.TryDecode(block, options.Genesis.Cid, out Event? read, out _) ? read : null;
    }

    private static Dictionary<Cid, Event> Known(StagedBatch batch)
    {
        Dictionary<Cid, Event> known = new(batch.Applied.Count);
        foreach ((EventNode node, Event applied, _) in batch.Applied)
        {
            known[node.Cid] = applied;
        }

        return known;
    }

    private async ValueTask CallFoldsAsync(StagedBatch batch, int from, CancellationToken cancellationToken)
    {
        Dictionary<Cid, Event> known = options.Folds.Count > 0 ? Known(batch) : [];
        foreach (ChangeRecord change in Changes.Read(from, int.MaxValue))
        {
            options.Metrics?.Retracted(change.Kind == ReplicaChangeKind.Retracted ? 1 : 0);
            if (options.Folds.Count == 0)
            {
                continue;
            }

            Event changed = await FindAsync(change.Node.Cid, known, cancellationToken)
                ?? throw new StoreException(StoreError.Corrupt, $"Event {change.Node.Cid} was applied but cannot be read back.");
            foreach (IFold fold in options.Folds)
            {
                if (change.Kind == ReplicaChangeKind.Retracted)
                {
                    fold.Retract(changed);
                }
                else
                {
                    fold.Apply(changed);
                }
            }
        }
    }

    private void Gauge((long Pool, long Bytes, long Heads, long Flagged, long Missing) now)
    {
        if (options.Metrics is ReplicaMetrics metrics && now != _shown)
        {
            metrics.PoolMoved(now.Pool - _shown.Pool, now.Bytes - _shown.Bytes);
            metrics.HeadsMoved(now.Heads - _shown.Heads);
            metrics.FlaggedMoved(now.Flagged - _shown.Flagged);
            metrics.MissingMoved(now.Missing - _shown.Missing);
            _shown = now;
        }
    }
}
