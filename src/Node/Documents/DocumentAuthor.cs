using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Events;
using P2P.Crdt.Replication;
using P2P.Storage;

namespace P2P.Node.Documents;

/// <summary>
/// The author key that a node writes with, one for all its documents. When a replica finds that the key was used elsewhere (a data folder or disk
/// that was rolled back or copied), a new one is made durable and all documents go on under it: nothing that was said before is lost. A document whose
/// own events were erased here gets a key of its own: lists of writers elsewhere name the other one.
/// </summary>
/// <remarks>Spec: replica, section 9, self-detection. The first line, the generation marker, is the store's.</remarks>
internal sealed class DocumentAuthor : IAsyncDisposable
{
    private const int AlarmsMax = 1_024;

    /// <summary>Fresh keys for one append: a key that is used elsewhere again and again is somebody's fault that no key mends.</summary>
    private const int RenewalsMax = 3;

    /// <summary>How long own events that were erased here are waited for before a fresh key takes over; peers that have them bring them in less.</summary>
    private static readonly TimeSpan s_ownEvents = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);

    private readonly IEventStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<Cid, Replica> _replicas = [];
    private readonly ConcurrentDictionary<Cid, ISigner> _ofDocuments = [];
    private readonly Turnstile _renewing = new(1);
    private readonly Channel<Cid> _alarms = Channel.CreateBounded<Cid>(
        new BoundedChannelOptions(AlarmsMax) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Task _running;
    private volatile ISigner? _signer;
    private volatile AuthorRenewal? _renewed;
    private int _renewals;

    public DocumentAuthor(IEventStore store, P2POptions options, ILogger logger)
    {
        _store = store;
        _time = options.Time;
        _logger = logger;
        _signer = store.Signer;
        _running = options.Spawner.StartAsync(RunAsync);
    }

    /// <summary>The present key; null when this node only reads.</summary>
    public ISigner? Signer => _signer;

    /// <summary>Whether the key came from a key file: then it is not replaced for want of its own events, its owner wants to write with it.</summary>
    public bool IsImported { get; init; }

    /// <summary>How often the key was renewed since the start.</summary>
    public int Renewals => Volatile.Read(ref _renewals);

    /// <summary>The key that the present one came for, last time, before this start or since; null when there was none.</summary>
    public AuthorRenewal? Renewed
    {
        get => _renewed;
        init => _renewed = value;
    }

    /// <summary>Who writes in a document: <see cref="Signer"/>, unless it has a key of its own.</summary>
    public ISigner? Of(Cid document) => _ofDocuments.TryGetValue(document, out ISigner? own) ? own : _signer;

    /// <summary>An open document.</summary>
    public void Add(Replica replica)
    {
        _replicas[replica.Document] = replica;
        if (_store.SignerOf(replica.Document) is ISigner own && !ReferenceEquals(own, _store.Signer))
        {
            _ofDocuments[replica.Document] = own;
        }

        if (replica.Status is { IdentityReused: true } or { HidesOwn: true })
        {
            Alarm(replica.Document);
        }
    }

    /// <summary>It closes.</summary>
    public void Remove(Cid document) => _replicas.TryRemove(document, out _);

    /// <summary>The key was found used elsewhere, or what a former one wrote is hidden for that reason. Never waits.</summary>
    public void Alarm(Cid document) => _alarms.Writer.TryWrite(document);

    /// <summary>
    /// Ends when an event can be written. Own events that were written earlier and are not here (the document was erased) are waited for, then a fresh
    /// key takes over in this document alone: a number is never used twice.
    /// </summary>
    /// <param name="replica">The document.</param>
    /// <param name="giveUp">Ends the wait for own events: nothing is written then, and no key replaced.</param>
    /// <exception cref="P2PException">Nothing can be written; the message says why.</exception>
    public Task ReadyAsync(Replica replica, CancellationToken giveUp = default) => replica.Status.CannotWrite switch
    {
        ReplicaError.NotAWriter => throw new P2PException(
            NodeError.NotAWriter, "This node's author key may not write in this document. One of its writers must grant it, or share a document that allows it."),
        ReplicaError.ReadOnly => throw new P2PException(NodeError.NotAWriter, "This node has no author key: it only reads."),
        ReplicaError.Busy => CatchUpAsync(replica, giveUp),
        _ => Task.CompletedTask, // a key used elsewhere is replaced while appending
    };

    /// <summary>Appends and broadcasts; when the key turns out to be used elsewhere, under a new one.</summary>
    /// <param name="replica">The document.</param>
    /// <param name="draft">What to say.</param>
    /// <param name="cause">Whose trace it belongs to; null: the current one.</param>
    public async Task<Event> AppendAsync(Replica replica, EventDraft draft, Activity? cause = null)
    {
        Activity.Current = cause ?? Activity.Current;
        for (int renewals = 0; ; renewals++)
        {
            ISigner? under = Of(replica.Document);
            try
            {
                return await replica.BroadcastAppendAsync(draft, CancellationToken.None);
            }
            catch (ReplicaException failed) when (failed.Error == ReplicaError.IdentityReuse && renewals < RenewalsMax)
            {
                if (!await RenewAsync(replica, under))
                {
                    throw;
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_alarms.Writer.TryComplete())
        {
            await _running;
        }
    }

    private async Task CatchUpAsync(Replica replica, CancellationToken giveUp)
    {
        long since = _time.GetTimestamp();
        ISigner? used = Of(replica.Document);
        while (replica.Status.CannotWrite == ReplicaError.Busy)
        {
            if (giveUp.IsCancellationRequested)
            {
                throw Missing("The time to wait for them is over; nothing was written.");
            }

            if (_time.GetElapsedTime(since) < s_ownEvents)
            {
                await Task.Delay(s_poll, _time, CancellationToken.None);
                continue;
            }

            if (IsImported || replica.Options.Genesis.Writers is not null)
            {
                throw Missing(IsImported
                    ? "The author key was imported to go on with, so no other key takes over."
                    : "The document has a list of writers, so no other key can take over.");
            }

            if (!await GiveOwnAsync(replica, used))
            {
                throw Missing("No other key could be made.");
            }

            return;
        }
    }

    private static P2PException Missing(string why) => new(
        NodeError.OwnEventsMissing,
        $"Own events of this document were written elsewhere, or erased here, and must be fetched first: connect to a peer that has them. {why}");

    // For this document alone: the key that others have granted rights to stays what it is everywhere else.
    private async Task<bool> GiveOwnAsync(Replica replica, ISigner? used)
    {
        await _renewing.EnterAsync(CancellationToken.None);
        try
        {
            if (!ReferenceEquals(Of(replica.Document), used))
            {
                return true; // somebody else waited as well
            }

            if (await _store.RenewSignerAsync(replica.Document, CancellationToken.None) is not ISigner fresh)
            {
                return false;
            }

            await ContinueAsync(replica, fresh);
            _ofDocuments[replica.Document] = fresh;
            _logger.DocumentAuthorGiven(replica.Document.ToString(), new TextAuthor(fresh.Author).Short);
            return true;
        }
        finally
        {
            _renewing.Leave();
        }
    }

    // A merge is the least that can be said: it cites both branches of the old key, so both are visible again.
    private async Task RunAsync()
    {
        await foreach (Cid document in _alarms.Reader.EachAsync())
        {
            try
            {
                // Whoever wrote meanwhile has cited both branches already.
                if (_replicas.TryGetValue(document, out Replica? replica) && replica.Status is { IdentityReused: true } or { HidesOwn: true })
                {
                    await AppendAsync(replica, new EventDraft { Type = EventTypes.Merge });
                }
            }
            catch (ReplicaException failed)
            {
                // One head is nothing to merge; a writer list wants a grant first; a closed document is opened again later.
                _logger.NotMerged(document.ToString(), failed.Error);
            }
            catch (StoreException failed)
            {
                _logger.AuthorNotRenewed(failed.Message); // it stays silent, as before: better than two events under one number
            }
        }
    }

    /// <returns>Whether there is another key than <paramref name="used"/> now, and the replica writes under it.</returns>
    private async Task<bool> RenewAsync(Replica replica, ISigner? used)
    {
        await _renewing.EnterAsync(CancellationToken.None);
        try
        {
            if (Of(replica.Document) is ISigner since && !ReferenceEquals(since, used))
            {
                return await ReachAsync(replica, since); // somebody else met it first
            }

            if (await _store.RenewSignerAsync(CancellationToken.None) is not ISigner fresh)
            {
                return false;
            }

            foreach (Replica known in _replicas.Values)
            {
                await ContinueAsync(known, fresh); // the others as well: what was rolled back was the whole folder
            }

            _renewed = _signer is null ? null : new AuthorRenewal(_signer.Author, AuthorRenewalReason.UsedElsewhere, _time.GetUtcNow()) { IsKept = _store is SqliteEventStore };
            _signer = fresh;
            _ofDocuments.Clear();
            Interlocked.Increment(ref _renewals);
            _logger.AuthorRenewed(new TextAuthor(fresh.Author).Short);
            return await ReachAsync(replica, fresh);
        }
        finally
        {
            _renewing.Leave();
        }
    }

    // One that is closing is not in the list any more, and would ask for one key after the other.
    private async Task<bool> ReachAsync(Replica replica, ISigner fresh)
    {
        if (_replicas.GetValueOrDefault(replica.Document) != replica)
        {
            await ContinueAsync(replica, fresh);
        }

        return true;
    }

    private static async Task ContinueAsync(Replica replica, ISigner fresh)
    {
        try
        {
            await replica.ContinueAsAsync(fresh);
        }
        catch (ReplicaException closed) when (closed.Error is ReplicaError.Closed or ReplicaError.Internal)
        {
            return; // opened again it reads the key from the store
        }
    }
}
