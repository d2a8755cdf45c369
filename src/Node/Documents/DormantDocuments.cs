using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Crdt.Sync;

namespace P2P.Node.Documents;

/// <summary>
/// All documents of the node's network in its store, for sync sessions: open ones by their replica, dormant ones by a sketch of less than
/// 1 KiB. A dormant document is woken (its events are read, without a loop that talks to the network) only for the questions of a session in which it
/// differs, and a bounded number of them is awake at a time. Thread-safe.
/// </summary>
/// <remarks>Spec: replica, section 12.3.</remarks>
/// <param name="store">Where the documents are; owned by somebody else.</param>
/// <param name="network">Documents of other networks in the same store take no part.</param>
/// <param name="wake">How a replica is opened that talks to nobody.</param>
/// <param name="options">Limits.</param>
/// <param name="runtime">Where replicas are opened and closed, and who is connected right now.</param>
internal sealed class DormantDocuments(
    IEventStore store,
    string network,
    Func<Genesis, ReplicaOptions> wake,
    SyncOptions options,
    (ISpawner Spawner, Func<IReadOnlyList<PeerId>> Connected) runtime) : ISyncDocuments, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Cid, DormantRow> _byDocument = [];
    private readonly HashSet<DormantRow> _woken = [];
    private long _questions;
    private bool _isDisposed;

    /// <summary>What was named to whom.</summary>
    public DormantBooks Books { get; } = new(options.WaitingPeersMax, runtime.Connected);

    /// <summary>Documents known, open ones included, those awake for sessions right now, and those of them that a session is asking.</summary>
    public (int Known, int Awake, int Asked) Counts
    {
        get
        {
            lock (_gate)
            {
                return (_byDocument.Count, _woken.Count, _woken.Count(static r => r.Woken is { Leases: > 0 }));
            }
        }
    }

    /// <summary>Reads which documents the store has.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        Genesis[] stored = [.. (await store.DocumentsAsync(cancellationToken)).Where(g => g.Network == network)];
        lock (_gate)
        {
            foreach (Genesis genesis in stored)
            {
                Row(genesis);
            }
        }

        Books.Add(stored.Select(static g => g.Cid), isAwaited: false);
    }

    /// <summary>Somebody opens the document: it sleeps no more, and sessions do not wake it. A session in the middle of it ends.</summary>
    public async Task TakeAsync(Genesis genesis)
    {
        Task closing;
        lock (_gate)
        {
            DormantRow row = Row(genesis);
            row.IsTaken = true;
            Close(row);
            closing = row.Closing;
        }

        await closing;
    }

    /// <summary>It is open: sessions ask this replica.</summary>
    public void Opened(Replica replica)
    {
        lock (_gate)
        {
            DormantRow row = Row(replica.Options.Genesis);
            row.IsTaken = true;
            row.Open = replica;
            row.Sketch = null;
        }

        Books.Add([replica.Document], isAwaited: true);
    }

    /// <summary>The open replica of a document.</summary>
    public Replica? FindOpen(Cid document)
    {
        lock (_gate)
        {
            return _byDocument.GetValueOrDefault(document)?.Open;
        }
    }

    /// <summary>It is being closed: sessions ask it no more, and do not wake it before <see cref="Closed"/>.</summary>
    public void Closing(Cid document) => Mark(document, isTaken: true);

    /// <summary>Its user left it: sessions do not wake it until it is opened again, and what they have woken writes no more once this returns.</summary>
    public async Task LeaveAsync(Cid document)
    {
        Task closing = Task.CompletedTask;
        lock (_gate)
        {
            if (_byDocument.TryGetValue(document, out DormantRow? row))
            {
                row.Mark(isTaken: true);
                Close(row);
                closing = row.Closing;
            }
        }

        await closing;
    }

    /// <summary>It is closed, or was not opened after all.</summary>
    public void Closed(Cid document)
    {
        Mark(document, isTaken: false);
        Books.Add([document], isAwaited: false);
    }

    public async ValueTask<IReadOnlyList<(Cid Document, EventDigest Frontier)>> SharedAsync(PeerId peer, CancellationToken cancellationToken)
    {
        DormantRow[] rows;
        lock (_gate)
        {
            rows = [.. Books.Shared(peer).Select(document => _byDocument[document])];
        }

        List<(Cid, EventDigest)> shared = new(rows.Length);
        foreach (DormantRow row in rows)
        {
            if (await FrontierAsync(row, cancellationToken) is EventDigest frontier)
            {
                shared.Add((row.Genesis.Cid, frontier));
            }
        }

        return shared;
    }

    public async ValueTask<DocumentSketch?> SketchAsync(Cid document, CancellationToken cancellationToken)
    {
        DormantRow? row;
        Task closing;
        lock (_gate)
        {
            row = _byDocument.GetValueOrDefault(document);
            if (row is null || row.IsTaken || row.Woken is not null)
            {
                return null;
            }

            if (row.Sketch is not null)
            {
                return row.Sketch;
            }

            closing = row.Closing;
        }

        await closing; // it may have written until then
        DocumentSketch? sketch = await store.TipsAsync(document, cancellationToken) is StoredTips tips ? DocumentSketch.Of(row.Genesis, tips) : null;
        lock (_gate)
        {
            // Opened or woken meanwhile: it may have changed since it was read.
            return row.IsTaken || row.Woken is not null ? null : row.Sketch ??= sketch;
        }
    }

    public async ValueTask<SyncLease> LeaseAsync(Cid document, CancellationToken cancellationToken)
    {
        DormantRow? row;
        WokenReplica woken;
        lock (_gate)
        {
            row = _byDocument.GetValueOrDefault(document);
            if (row is null || row.IsTaken || _isDisposed)
            {
                return new SyncLease(row?.Open, null);
            }

            row.Woken ??= Wake(row);
            woken = row.Woken;
            woken.Leases++;
            woken.UsedAt = ++_questions;
        }

        try
        {
            return new SyncLease(await woken.Opening.OrCanceledAsync(cancellationToken), () => Release(row, woken));
        }
        catch
        {
            Release(row, woken);
            throw;
        }
    }

    /// <summary>Everything that was woken and is not being asked sleeps again.</summary>
    public void Rest()
    {
        lock (_gate)
        {
            Sleep(0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task[] closing;
        lock (_gate)
        {
            _isDisposed = true;
            foreach (DormantRow row in _woken.ToArray())
            {
                Close(row);
            }

            closing = [.. _byDocument.Values.Select(static r => r.Closing)];
        }

        await Task.WhenAll(closing);
    }

    private void Mark(Cid document, bool isTaken)
    {
        lock (_gate)
        {
            _byDocument.GetValueOrDefault(document)?.Mark(isTaken);
        }
    }

    private DormantRow Row(Genesis genesis)
    {
        if (!_byDocument.TryGetValue(genesis.Cid, out DormantRow? row))
        {
            _byDocument.Add(genesis.Cid, row = new DormantRow(genesis));
        }

        return row;
    }

    private async Task<EventDigest?> FrontierAsync(DormantRow row, CancellationToken cancellationToken)
    {
        if (await SketchAsync(row.Genesis.Cid, cancellationToken) is DocumentSketch sketch)
        {
            return sketch.Frontier;
        }

        using SyncLease lease = await LeaseAsync(row.Genesis.Cid, cancellationToken);
        return lease.Replica?.Status.FrontierHash;
    }

    private WokenReplica Wake(DormantRow row)
    {
        Task before = row.Closing;
        row.Sketch = null;
        _woken.Add(row);
        Sleep(options.DormantAwakeMax);
        return new WokenReplica
        {
            Opening = runtime.Spawner.StartAsync(async () =>
            {
                await before;
                return await Replica.OpenAsync(wake(row.Genesis));
            }),
        };
    }

    private void Release(DormantRow row, WokenReplica woken)
    {
        lock (_gate)
        {
            woken.Leases--;
            if (row.Woken == woken && woken is { Leases: 0, Opening.IsFaulted: true })
            {
                Close(row); // the next question tries again
            }

            Sleep(options.DormantAwakeMax);
        }
    }

    // Those asked least recently go first; a document that is being asked stays.
    private void Sleep(int most)
    {
        foreach (DormantRow row in _woken.Where(static r => r.Woken is { Leases: 0 }).OrderBy(static r => r.Woken!.UsedAt).Take(_woken.Count - most).ToArray())
        {
            Close(row);
        }
    }

    private void Close(DormantRow row)
    {
        if (row.Woken is WokenReplica woken)
        {
            row.Woken = null;
            _woken.Remove(row);
            row.Closing = runtime.Spawner.StartAsync(() => CloseAsync(row, woken));
        }
    }

    private async Task CloseAsync(DormantRow row, WokenReplica woken)
    {
        DocumentSketch? sketch = await woken.CloseAsync();
        lock (_gate)
        {
            row.Sketch = row.IsTaken || row.Woken is not null ? null : sketch;
        }
    }
}
