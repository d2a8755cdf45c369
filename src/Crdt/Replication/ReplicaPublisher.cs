using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Replication;

/// <summary>Tells what is durable: folds, callback, change log, metrics, status. Called by the loop only.</summary>
internal sealed class ReplicaPublisher(ReplicaOptions options)
{
    private readonly List<IFold> _folds = [.. options.Folds];
    private ReplicaStatus? _status;
    private (MerkleClock? Clock, long Version, IReadOnlyList<ForkInfo> All) _forks = (null, 0, []);
    private (long Pool, long Bytes, long Heads, long Flagged, long Missing) _shown;
    private long _evictedShown;

    private long _verifications;

    /// <summary>The first fault of a fold, a callback or the loop; null while there was none.</summary>
    public string? Failure { get; private set; }

    /// <summary>Every change so far.</summary>
    public ChangeLog Changes { get; private set; } = new(options.Store.Epoch);

    /// <summary>The latest snapshot; read from any thread.</summary>
    public ReplicaStatus Status => Volatile.Read(ref _status)!;

    /// <summary>Takes what the store held.</summary>
    /// <param name="replayed">The history.</param>
    /// <param name="stored">What the store gave, in order of arrival.</param>
    /// <param name="callFolds">False when they have it already (a reload).</param>
    /// <param name="cancellationToken">Ends reading of the store.</param>
    public async ValueTask ReplayAsync(StagedBatch replayed, List<IncomingBlock> stored, bool callFolds, CancellationToken cancellationToken)
    {
        ChangeLog before = Changes;
        // Numbers are places in the log. Where an event did not come in at its place, those behind it have other numbers in this run than in any other.
        bool isInOrder = replayed.Applied.Count == stored.Count && !stored.Where((block, i) => block.Expected != replayed.Applied[i].Node.Cid).Any();
        Changes = new ChangeLog(isInOrder ? options.Store.EpochOf(options.Genesis.Cid) : options.Chance.NextUInt64());
        int from = Changes.Add(replayed);
        if (callFolds)
        {
            await CallFoldsAsync(replayed, from, cancellationToken);
        }
        else
        {
            Changes.Replace(before);
            before.Signal(); // whoever waited for it to grow goes on in the new one, at the same place
        }
    }

    /// <summary>Publishes a durable batch.</summary>
    /// <returns>Both events of every fork proof found, to be broadcast.</returns>
    public async ValueTask<List<Event>> PublishAsync(StagedBatch batch, CancellationToken cancellationToken)
    {
        int from = Changes.Add(batch);
        await CallFoldsAsync(batch, from, cancellationToken);
        if (options.OnNewEvent is Action<Event, EventSource> onNewEvent)
        {
            foreach ((_, Event applied, EventSource source) in batch.Applied)
            {
                Call(onNewEvent, applied, source);
            }
        }

        options.Metrics?.Applied(batch.Applied.Count);
        List<Event> proofs = batch.Forks.Count > 0 ? await FindProofsAsync(batch, cancellationToken) : [];
        if (batch.Changes.Count > 0)
        {
            Changes.Signal();
        }

        return proofs;
    }

    // Only what everybody can check alone is broadcast: a block with a bad own signature is not (section 3).
    private async ValueTask<List<Event>> FindProofsAsync(StagedBatch batch, CancellationToken cancellationToken)
    {
        List<Event> proofs = [];
        Dictionary<Cid, Event> known = Known(batch);
        foreach (ForkInfo fork in batch.Forks)
        {
            foreach (Cid cid in new[] { fork.First, fork.Second })
            {
                if (await FindAsync(cid, known, cancellationToken) is Event side && EventCodec.VerifySignature(side))
                {
                    proofs.Add(side);
                }
            }
        }

        return proofs;
    }

    /// <summary>
    /// Finds out whether events behind which their author's events are hidden are signed well themselves, or else which of those vouches for them: they
    /// are served together. Until then more is served than needed.
    /// </summary>
    /// <param name="core">The replica.</param>
    /// <param name="batch">What was published.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    public async ValueTask CheckSignaturesAsync(ReplicaCore core, StagedBatch batch, CancellationToken cancellationToken)
    {
        foreach (EventNode top in ExchangedPast.Unsure(core, batch))
        {
            EventNode node = top;
            for (int i = 0; i < Authenticity.PackBadSignaturesMax && await FindAsync(node.Cid, null, cancellationToken) is Event read; i++)
            {
                node.IsSigned = node.IsSigned || EventCodec.VerifySignature(read);
                core.State.SignatureLooks++;
                if (node.IsSigned || ReferenceEquals(node.Chain.Tip, node))
                {
                    break;
                }

                node = node.Chain[node.Sequence + 1];
            }
        }
    }

    // The event is durable and stays: a callback that throws has missed it, and nobody else has.
    private void Call(Action<Event, EventSource> onNewEvent, Event applied, EventSource source)
    {
        try
        {
            onNewEvent(applied, source);
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            Failure ??= $"OnNewEvent threw at {applied.Cid}: {failed.Message}";
            options.Metrics?.CallbackFailed();
        }
    }

    /// <summary>Tells who brought a block that it could have found wrong itself.</summary>
    public void TellFault(VerdictEffect verdict)
    {
        if (verdict.AtFault.IsNone || options.OnSenderFault is not Action<PeerId, EventVerdict> onFault)
        {
            return;
        }

        try
        {
            onFault(verdict.AtFault, verdict.Verdict);
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            Failure ??= $"OnSenderFault threw: {failed.Message}";
            options.Metrics?.CallbackFailed();
        }
    }

    private void Call(Action? callback, string name)
    {
        try
        {
            callback?.Invoke();
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            Failure ??= $"{name} threw: {failed.Message}";
            options.Metrics?.CallbackFailed();
        }
    }

    /// <summary>Something beside the loop failed; the document goes on without it.</summary>
    public void NoteFailure(string? failure)
    {
        if (failure is not null && Failure is null)
        {
            Failure = failure;
            Volatile.Write(ref _status, Status with { Failure = failure });
        }
    }

    /// <summary>The loop ended through a fault.</summary>
    public void PublishCrash(Exception crash)
    {
        Failure = $"The loop ended: {crash.Message}";
        if (_status is ReplicaStatus last)
        {
            Volatile.Write(ref _status, last with { Failure = Failure });
        }
    }

    /// <summary>Makes a new snapshot.</summary>
    public void PublishStatus(ReplicaCore core, TimeSpan now)
    {
        ReplicaStatus status = new()
        {
            Document = options.Genesis.Cid,
            Heads = core.PublishedHeads,
            FrontierHash = core.PublishedFrontier,
            Height = core.Published.Height,
            AppliedCount = core.PublishedCount,
            VisibleCount = core.Published.Visible,
            ChangeCount = core.ChangeCount,
            SyncState = core.SyncState,
            ConfirmedBy = core.Peers.Confirming,
            Forks = ForksOf(core.State.Clock),
            PendingCount = core.Pool.Count,
            PendingBytes = core.Pool.Bytes,
            PendingOldest = core.Pool.OldestSince is TimeSpan since ? now - since : TimeSpan.Zero,
            MissingCount = core.Missing.NeededCount,
            SendersIgnored = core.Senders.Ignored,
            ShareRefusals = core.ShareRefusals,
            IdentityReused = core.Writer.IsIdentityReused,
            HidesOwn = core.Writer.HidesOwn,
            CannotWrite = core.Writer.Obstacle,
            Fault = core.Fault,
            Failure = Failure,
        };
        bool isNewlyReused = status.IdentityReused && _status is not { IdentityReused: true };
        bool isNewlyHidden = status.HidesOwn && _status is not { HidesOwn: true };
        Volatile.Write(ref _status, status);
        if (isNewlyReused)
        {
            Call(options.OnIdentityReused, nameof(options.OnIdentityReused));
        }

        if (isNewlyHidden)
        {
            Call(options.OnOwnHidden, nameof(options.OnOwnHidden));
        }

        if (core.Pool.Evicted > _evictedShown)
        {
            options.Metrics?.PoolEvicted(core.Pool.Evicted - _evictedShown);
            _evictedShown = core.Pool.Evicted;
        }

        Gauge((status.PendingCount, status.PendingBytes, status.Heads.Count, status.Forks.Count, status.MissingCount));
        if (options.Metrics is ReplicaMetrics metrics && core.Verifications != _verifications)
        {
            metrics.Verified(core.Verifications - Math.Min(_verifications, core.Verifications));
            _verifications = core.Verifications;
        }
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
        if (_folds.Count == 0 && options.Metrics is null)
        {
            return;
        }

        Dictionary<Cid, Event> known = _folds.Count > 0 ? Known(batch) : [];
        foreach (ChangeRecord change in Changes.Read(from, int.MaxValue))
        {
            if (change.Kind == ReplicaChangeKind.Retracted)
            {
                options.Metrics?.Retracted(1);
            }

            if (_folds.Count == 0)
            {
                continue;
            }

            Event changed = await FindAsync(change.Node.Cid, known, cancellationToken)
                ?? throw new StoreException(StoreError.Corrupt, $"Event {change.Node.Cid} was applied but cannot be read back.");
            for (int i = _folds.Count - 1; i >= 0; i--)
            {
                Tell(_folds[i], change.Kind, changed);
            }
        }
    }

    // A fold that throws is out of step from now on: it is left alone and the status says so. The others and the document go on.
    private void Tell(IFold fold, ReplicaChangeKind kind, Event changed)
    {
        try
        {
            if (kind == ReplicaChangeKind.Retracted)
            {
                fold.Retract(changed);
            }
            else
            {
                fold.Apply(changed);
            }
        }
        catch (Exception failed) when (failed is not OutOfMemoryException)
        {
            _folds.Remove(fold);
            Failure ??= $"The fold {fold.GetType().Name} threw at {changed.Cid} and is not called any more: {failed.Message}";
            options.Metrics?.CallbackFailed();
        }
    }

    // The list is as long as strangers like; it is made again when there is another proof.
    private IReadOnlyList<ForkInfo> ForksOf(MerkleClock clock)
    {
        if (!ReferenceEquals(clock, _forks.Clock) || clock.Proofs.Version != _forks.Version)
        {
            ForkInfo[] all = [.. clock.Flagged.Select(static a => new ForkInfo(a.Protobuf, a.ForkSequence, a.Proof!.Value.First.Cid, a.Proof.Value.Second.Cid))];
            _forks = (clock, clock.Proofs.Version, all);
        }

        return _forks.All;
    }

    private void Gauge((long Pool, long Bytes, long Heads, long Flagged, long Missing) now)
    {
        if (options.Metrics is ReplicaMetrics metrics && now != _shown)
        {
            metrics.PoolMoved(now.Pool - _shown.Pool, now.Bytes - _shown.Bytes);
            metrics.HeadsMoved(now.Heads - _shown.Heads);
            metrics.FlaggedMoved(now.Flagged - _shown.Flagged);
            metrics.MissingMoved(now.Missing - _shown.Missing);
            if (now.Pool != _shown.Pool && _status is ReplicaStatus status)
            {
                metrics.PoolAge(status.PendingOldest);
            }

            _shown = now;
        }
    }
}
