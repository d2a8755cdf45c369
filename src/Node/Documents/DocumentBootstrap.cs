using P2P.Core.Blocks;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Snapshots;

namespace P2P.Node.Documents;

/// <summary>Starts one document from a signed snapshot: finds it, fetches it by CID, shows its text, verifies it, gives its events to the replica.</summary>
/// <remarks>Spec: replica, section 13. What is shown before it is verified never enters the document.</remarks>
internal sealed class DocumentBootstrap(NodeServices services, Replica replica, Func<IReadOnlyList<PeerId>> followers, BootstrapOptions options)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_fetchLimit = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _shown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile BootstrapStatus _status = new(BootstrapState.Looking, options.Snapshot, null, null, SnapshotRefusal.None);

    /// <summary>Where it is.</summary>
    public BootstrapStatus Status => _status;

    /// <summary>Ends when there is a text to show, or there will be none.</summary>
    public Task Shown => _shown.Task;

    /// <summary>Ends when the snapshot's events are in the document, or it was given up.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Runs to the end; whatever comes of it, the document goes on.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TryAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _status = _status with { State = BootstrapState.NotFound, Text = null }; // the document closes
        }
        catch (Exception error)
        {
            services.Logger.BootstrapFailed(replica.Document.ToString(), error.Message, error);
            _status = _status with { State = BootstrapState.NotFound, Text = null }; // the history comes all the same
        }
        finally
        {
            _shown.TrySetResult();
            _ended.TrySetResult();
        }
    }

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        while (followers().Count == 0)
        {
            await Task.Delay(s_poll, services.Options.Time, cancellationToken);
        }

        using CancellationTokenSource deadline = new(options.TimeLimit, services.Options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        SnapshotIntake? intake = null;
        try
        {
            Cid snapshot = options.Snapshot.IsNone ? await FindAsync(either.Token) : options.Snapshot;
            if (!snapshot.IsNone)
            {
                intake = new SnapshotIntake(replica.Options.Genesis, snapshot, [.. options.Trusted.Select(static t => t.Key)], options.Limits);
                await TakeAsync(intake, either.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            intake?.Abandon();
        }

        await EndAsync(intake, cancellationToken);
    }

    private async Task<Cid> FindAsync(CancellationToken cancellationToken)
    {
        SnapshotFinder finder = new(replica.Document, options);
        while (!finder.IsEnded)
        {
            finder.Start(await replica.FindUnappliedAsync(cancellationToken));
            finder.Start(replica.Status.Heads); // a short history may be here before its snapshot was found
            IReadOnlyList<Cid> round = finder.Take();
            if (round.Count == 0)
            {
                await Task.Delay(s_poll, services.Options.Time, cancellationToken);
                continue;
            }

            foreach (ReadOnlyMemory<byte>? block in await FetchAsync(round, cancellationToken))
            {
                if (block is ReadOnlyMemory<byte> bytes)
                {
                    finder.Look(bytes);
                }
            }
        }

        return finder.Found;
    }

    private async Task TakeAsync(SnapshotIntake intake, CancellationToken cancellationToken)
    {
        while (intake.Wanted is { Count: > 0 } wanted)
        {
            IReadOnlyList<ReadOnlyMemory<byte>?> blocks = await FetchAsync(wanted, cancellationToken);
            for (int i = 0; i < wanted.Count && blocks[i] is ReadOnlyMemory<byte> block && intake.Add(block); i++)
            {
                if (wanted[i] != intake.Snapshot)
                {
                    await OfferAsync(new Block(wanted[i], block), cancellationToken);
                }
            }

            if (intake.Text is string text && _status.State == BootstrapState.Looking)
            {
                _status = new BootstrapStatus(BootstrapState.Unverified, intake.Snapshot, new TextAuthor(intake.Offer!.Author), text, SnapshotRefusal.None);
                _shown.TrySetResult();
            }
        }
    }

    // Whoever bootstraps next may ask us; a node without room for it starts all the same.
    private async Task OfferAsync(Block block, CancellationToken cancellationToken)
    {
        try
        {
            await services.Blocks.PutAsync(block, cancellationToken);
        }
        catch (Exception error) when (error is StoreException or BlockStoreException)
        {
            services.Logger.BootstrapNotOffered(block.Cid.ToString(), error.Message);
        }
    }

    private async Task EndAsync(SnapshotIntake? intake, CancellationToken cancellationToken)
    {
        IReadOnlyList<Event>? events = intake is null ? null : await intake.FinishAsync();
        if (events is not null)
        {
            HistoryFeed feed = new(replica); // packs cut anywhere would lose badly signed events whose voucher is in the next one
            foreach (Event read in events.Append(intake!.Offer!))
            {
                await feed.AddAsync(read, cancellationToken);
            }

            HistoryFed fed = await feed.EndAsync(cancellationToken);
            if (fed.Limit == BusyReason.None)
            {
                _status = _status with { State = BootstrapState.Verified, Text = null };
                services.Logger.Bootstrapped(intake.Snapshot.ToString(), events.Count);
            }
            else
            {
                // What can be read stays readable, as what it is; the events come by sync when there is room.
                _status = _status with { State = _status.Text is null ? BootstrapState.NotFound : BootstrapState.Unverified, Limit = fed.Limit };
                services.Logger.BootstrapStopped(intake.Snapshot.ToString(), fed.Applied, events.Count, fed.Limit);
            }

            return;
        }

        SnapshotRefusal refusal = intake?.Refusal ?? SnapshotRefusal.Unavailable;
        bool isFalse = refusal is not (SnapshotRefusal.Unavailable or SnapshotRefusal.Inputs or SnapshotRefusal.TooLarge);
        TextAuthor? author = intake?.Offer is Event offer ? new TextAuthor(offer.Author) : null;
        _status = new BootstrapStatus(isFalse ? BootstrapState.Refused : BootstrapState.NotFound, intake?.Snapshot ?? default, author, null, refusal);
        if (isFalse)
        {
            services.Logger.SnapshotRefused(intake!.Snapshot.ToString(), author?.ToString() ?? "nobody", refusal);
        }
    }

    private Task<IReadOnlyList<ReadOnlyMemory<byte>?>> FetchAsync(IReadOnlyList<Cid> cids, CancellationToken cancellationToken) =>
        services.Bitswap.FetchManyAsync(cids, followers(), s_fetchLimit, cancellationToken);
}
