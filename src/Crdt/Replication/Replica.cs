using System.Diagnostics;
using System.Runtime.CompilerServices;
using P2P.Core.Identity;
using P2P.Core.Multiformats;
using P2P.Core.Runtime;
using P2P.Crdt.Clock;
using P2P.Crdt.Events;
using P2P.Crdt.IntervalTreeClocks;
using P2P.Crdt.Sync;

namespace P2P.Crdt.Replication;

/// <summary>
/// One document on one node: admits, orders, keeps, announces and fetches its events. Thread-safe. One loop owns all state.
/// </summary>
/// <remarks>
/// Spec: replica, section 10. Heads are derived from the DAG, never set: <see cref="InsertHeadAsync"/> and
/// <see cref="RemoveHeadAsync"/> keep the seed's verbs and answers, and the heads come out as the seed's would.
/// </remarks>
public sealed class Replica : IAsyncDisposable
{
    private const int ChangesPage = 256;

    private readonly ReplicaLoop _loop;
    private readonly SyncCache _syncCache = new(); // touched on the loop only
    private Task? _closed;

    private Replica(ReplicaOptions options, ReplicaLoop loop)
    {
        Options = options;
        _loop = loop;
    }

    /// <summary>What it was opened with.</summary>
    public ReplicaOptions Options { get; }

    /// <summary>The document.</summary>
    public Cid Document => Options.Genesis.Cid;

    /// <summary>A snapshot; costs one field read.</summary>
    public ReplicaStatus Status => _loop.Status;

    /// <summary>Reads the store, resumes what was held or applied, then starts.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="cancellationToken">Cancels reading; nothing is left running.</param>
    /// <exception cref="StoreException">The store failed.</exception>
    public static async Task<Replica> OpenAsync(ReplicaOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Replica(options, await ReplicaLoop.StartAsync(options, cancellationToken));
    }

    /// <summary>Chains, signs and stores an own event. Completes when it is durable; it is not broadcast.</summary>
    /// <param name="draft">What to say.</param>
    /// <param name="cancellationToken">Cancels waiting; the event may still be written.</param>
    /// <exception cref="ReplicaException">See <see cref="ReplicaException.Error"/>. With StoreFailed the event may be there after reopening.</exception>
    public Task<Event> AppendEventAsync(EventDraft draft, CancellationToken cancellationToken = default) =>
        AppendAsync(draft, isBroadcast: false, cancellationToken);

    /// <summary>As <see cref="AppendEventAsync"/>, then broadcasts. A failed broadcast does not fail the call.</summary>
    /// <param name="draft">What to say.</param>
    /// <param name="cancellationToken">Cancels waiting; the event may still be written and broadcast.</param>
    public Task<Event> BroadcastAppendAsync(EventDraft draft, CancellationToken cancellationToken = default) =>
        AppendAsync(draft, isBroadcast: true, cancellationToken);

    /// <summary>Admits an event if it is unknown; completes when it is durable.</summary>
    /// <param name="candidate">A decoded event.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    /// <returns>True iff it was added: applied, or kept until its links arrive.</returns>
    public async Task<bool> InsertEventAsync(Event candidate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        IncomingBlock block = new(candidate.Bytes, default, candidate, SignatureVerified: false);
        IReadOnlyList<EventVerdict> verdicts = await InsertAsync([block], default, cancellationToken);
        return verdicts[0].Kind is EventVerdictKind.Accepted or EventVerdictKind.Pending;
    }

    /// <summary>As <see cref="InsertEventAsync"/>; the event becomes a head unless something visible links to it.</summary>
    /// <param name="candidate">A decoded event.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public Task<bool> InsertHeadAsync(Event candidate, CancellationToken cancellationToken = default) =>
        InsertEventAsync(candidate, cancellationToken);

    /// <summary>Whether the event is held. Heads need no removing: a linked event is none.</summary>
    /// <param name="cid">The event.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public Task<bool> RemoveHeadAsync(Cid cid, CancellationToken cancellationToken = default) =>
        ReadAsync((core, _) => core.State.Graph.Find(cid) is not null || core.Pool.Find(cid) is not null, cancellationToken);

    /// <summary>Admits one block and says what became of it; completes when an accepted event is durable.</summary>
    /// <param name="block">All bytes; must not change afterwards.</param>
    /// <param name="source">Who brought it; none when it was asked for.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public async Task<EventVerdict> InsertBlockAsync(
        ReadOnlyMemory<byte> block, PeerId source = default, CancellationToken cancellationToken = default) =>
        (await InsertAsync([new IncomingBlock(block, default, null, SignatureVerified: false)], source, cancellationToken))[0];

    /// <summary>
    /// Admits a pack, oldest first: one signature per author and branch authenticates all its earlier blocks of the pack. A history that is cut into
    /// packs goes through a <see cref="HistoryFeed"/>.
    /// </summary>
    /// <param name="blocks">Whole blocks in causal order; must not change afterwards.</param>
    /// <param name="source">Who brought them.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    /// <returns>One verdict per block.</returns>
    public Task<IReadOnlyList<EventVerdict>> InsertPackAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> blocks, PeerId source = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        return InsertAsync(
            [.. blocks.Select(static block => new IncomingBlock(block, default, null, SignatureVerified: false))], source, cancellationToken);
    }

    /// <summary>Applied events, in the order of the request, without duplicates; unknown CIDs are left out.</summary>
    /// <param name="cids">What to look for.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public async Task<IReadOnlyList<Event>> GetEventsAsync(IReadOnlyList<Cid> cids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(cids);
        List<Cid> known = await ReadAsync(
            (core, _) => cids.Distinct().Where(cid => core.State.Graph.Find(cid)?.Arrival < core.PublishedCount).ToList(),
            cancellationToken);
        return await LoadAsync(known, cancellationToken);
    }

    /// <summary>All required links without a held event, ascending; answered from an index.</summary>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public async Task<IReadOnlyList<Cid>> FindMissingLinksAsync(CancellationToken cancellationToken = default) =>
        await ReadAsync(static (core, _) => core.Missing.Needed(), cancellationToken);

    /// <summary>What is known of the document beyond what is applied, ascending: announced heads, waiting events, and what these wait for.</summary>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public async Task<IReadOnlyList<Cid>> FindUnappliedAsync(CancellationToken cancellationToken = default) =>
        await ReadAsync(static (core, _) => core.Missing.All().Union(core.Pool.Entries.Select(static entry => entry.Held.Cid)).Order().ToList(), cancellationToken);

    /// <summary>Events that wait for what they link to, in document order; of more the first.</summary>
    /// <param name="max">Most of them.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public async Task<IReadOnlyList<Event>> FindWaitingAsync(int max, CancellationToken cancellationToken = default) =>
        await ReadAsync((core, _) => core.Pool.Waiting().Take(max).ToList(), cancellationToken);

    /// <summary>One page of visible events.</summary>
    /// <param name="query">Filter, order, page size.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    /// <exception cref="InvalidCursorException">
    /// The cursor is of another store, or of a run in which events behind a damaged block had other numbers: start again without one.
    /// </exception>
    public async Task<EventPage> QueryAsync(EventQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, EventQuery.LimitMax);
        (List<Cid> cids, QueryCursor? next, QueryCursor? resume) = await ReadAsync(
            (core, changes) => new QueryRunner(core, changes, query).Run(), cancellationToken);
        IReadOnlyList<Event> events = await LoadAsync(cids, cancellationToken);
        return new EventPage(events, next) { Resume = resume, Unreadable = events.Count == cids.Count ? [] : [.. cids.Except(events.Select(static e => e.Cid))] };
    }

    /// <summary>
    /// Every change of the visible set after a cursor, exactly once, in causal order, then waits for more. A slow reader
    /// delays nobody and loses nothing.
    /// </summary>
    /// <param name="from">Where to go on; default = the beginning.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="InvalidCursorException">
    /// The cursor is of another store, or of a run in which events behind a damaged block had other numbers: start again without one.
    /// </exception>
    public async IAsyncEnumerable<ReplicaChange> Changes(
        ChangeCursor from = default, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ChangeCursor place = from;
        while (true)
        {
            if (await ReadPageAsync(place, cancellationToken) is not (ulong epoch, List<ChangeRecord> page, Task grown))
            {
                yield break; // closed: go on from the last cursor after reopening
            }

            foreach (ChangeRecord record in page)
            {
                Event changed = await FindAsync(record.Node.Cid, cancellationToken)
                    ?? throw new StoreException(StoreError.Corrupt, $"Event {record.Node.Cid} was applied but cannot be read back.");
                place = new ChangeCursor(epoch, place.Position + 1);
                yield return new ReplicaChange(record.Kind, changed, record.Source, place);
            }

            if (page.Count == 0)
            {
                await grown.OrCanceledAsync(cancellationToken);
            }
        }
    }

    /// <summary>A peer joined the topic: heads are announced within two seconds.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public ValueTask PeerJoinedAsync(PeerId peer, CancellationToken cancellationToken = default) =>
        _loop.PostAsync(new PeerJoinedInput(peer), cancellationToken);

    /// <summary>Runs the sync protocol with a peer, unless a session with it is running. Returns before that has ended.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public ValueTask SyncWithAsync(PeerId peer, CancellationToken cancellationToken = default) =>
        _loop.PostAsync(new SyncWantedInput(peer), cancellationToken);

    /// <summary>
    /// What a verified peer said last in a sync session to be its heads: counts for <see cref="ReplicaStatus.SyncState"/> as an announcement does.
    /// </summary>
    /// <param name="peer">The peer.</param>
    /// <param name="heads">Its heads; a hint.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public ValueTask ShownHeadsAsync(PeerId peer, IReadOnlyList<Cid> heads, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(heads);
        return _loop.PostAsync(new ShownHeadsInput(peer, heads), cancellationToken);
    }

    /// <summary>Writes under a new key from now on: the confirmation after <see cref="ReplicaStatus.IdentityReused"/>.</summary>
    /// <param name="signer">The new key.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public ValueTask ContinueAsAsync(ISigner signer, CancellationToken cancellationToken = default) =>
        _loop.PostAsync(new NewSignerInput(signer), cancellationToken);

    /// <summary>How two applied events lie in causal order, by the hash links alone; None when one of them is not applied.</summary>
    /// <param name="left">One event.</param>
    /// <param name="right">The other.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public Task<ClockOrder> CompareAsync(Cid left, Cid right, CancellationToken cancellationToken = default) => ReadAsync(
        (core, _) => (core.State.Graph.Find(left), core.State.Graph.Find(right)) switch
        {
            (null, _) or (_, null) => ClockOrder.None,
            (EventNode a, EventNode b) when a.Cid == b.Cid => ClockOrder.Equal,
            (EventNode a, EventNode b) when b.Includes(a) => ClockOrder.Before,
            (EventNode a, EventNode b) when a.Includes(b) => ClockOrder.After,
            _ => ClockOrder.Concurrent,
        },
        cancellationToken);

    /// <summary>The visible events at a frontier and before it, in document order: what anybody sees who holds exactly these.</summary>
    /// <param name="frontier">Applied events; unknown ones are left out.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public async Task<IReadOnlyList<Event>> ViewAtAsync(IReadOnlyList<Cid> frontier, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(frontier);
        List<Cid> cids = await ReadAsync(
            (core, _) =>
            {
                EventNode[] tops = [.. frontier.Select(core.State.Graph.Find).OfType<EventNode>()];
                return core.State.Clock.Canonical().Where(node => Array.Exists(tops, top => top.Includes(node))).Select(static node => node.Cid).ToList();
            },
            cancellationToken);
        return await LoadAsync(cids, cancellationToken);
    }

    /// <summary>Reads every applied event back from the store and checks its bytes, hash and signature again. Costs one check per event.</summary>
    /// <param name="cancellationToken">Ends the walk.</param>
    public async Task<VerifyReport> VerifyAsync(CancellationToken cancellationToken = default)
    {
        (List<Cid> cids, List<Cid> missing) = await ReadAsync(
            static (core, _) => (core.State.Graph.ByArrival.Take((int)core.PublishedCount).Select(static node => node.Cid).ToList(), core.Missing.Needed()),
            cancellationToken);
        return await HistoryCheck.RunAsync(cids, missing, Options.Store, Document, cancellationToken);
    }

    /// <summary>The DAG as Graphviz text, with heads, authors, waiting events and missing links; equal sets, equal bytes.</summary>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public Task<string> ToDotAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(static (core, _) => DagPicture.ToDot(DagShape.Of(core)), cancellationToken);

    /// <summary>As <see cref="ToDotAsync"/>, Mermaid text.</summary>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public Task<string> ToMermaidAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(static (core, _) => DagPicture.ToMermaid(DagShape.Of(core)), cancellationToken);

    /// <summary>As <see cref="ToDotAsync"/>, a finished SVG picture.</summary>
    /// <param name="cancellationToken">Cancels waiting.</param>
    public Task<string> ToSvgAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(static (core, _) => DagSvg.Draw(DagShape.Of(core)), cancellationToken);

    /// <summary>Finishes what was taken, loses no acknowledged append, closes broadcaster and syncer. Idempotent.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closed = Volatile.Read(ref _closed) ?? Interlocked.CompareExchange(ref _closed, _loop.DisposeAsync().AsTask(), null) ?? _closed;
        await closed;
    }

    /// <summary>Admits what a sync session received, oldest first.</summary>
    internal Task<IReadOnlyList<EventVerdict>> InsertSyncedAsync(
        IReadOnlyList<SyncBlock> blocks, PeerId source, CancellationToken cancellationToken) =>
        InsertAsync(reply => BlocksInput.Frame(blocks, source, reply), cancellationToken);

    /// <summary>A question of a sync session to the index of this document, answered on the replica's loop.</summary>
    internal Task<T> AskAsync<T>(Func<SyncIndex, T> question, CancellationToken cancellationToken) =>
        ReadAsync((core, _) => question(new SyncIndex(core, _syncCache)), cancellationToken);

    /// <summary>A question to the index of this document, answered on the replica's loop. Must change nothing.</summary>
    internal Task<T> InspectAsync<T>(Func<ReplicaCore, T> question, CancellationToken cancellationToken) =>
        ReadAsync((core, _) => question(core), cancellationToken);

    private async Task<(ulong Epoch, List<ChangeRecord> Page, Task Grown)?> ReadPageAsync(ChangeCursor from, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(
                (_, changes) => from.Position != 0 && from.Epoch != changes.Epoch ? throw new InvalidCursorException(from.Epoch, changes.Epoch)
                    : from.Position > changes.Count ? throw new InvalidCursorException(from.Position)
                    : (changes.Epoch, changes.Read(from.Position, ChangesPage), changes.Grown),
                cancellationToken);
        }
        catch (ReplicaException closed) when (closed.Error == ReplicaError.Closed)
        {
            return null;
        }
    }

    private async Task<Event> AppendAsync(EventDraft draft, bool isBroadcast, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(draft);
        using Activity? activity = CrdtTraces.Source.StartActivity(CrdtTraces.Append);
        AppendReply reply = new() { Cause = activity?.Context ?? default };
        ulong at = draft.At ?? (ulong)Math.Max(0, Options.Time.GetUtcNow().ToUnixTimeMilliseconds());
        try
        {
            await _loop.PostAsync(new AppendInput(draft, at, isBroadcast, reply), cancellationToken);
            return await reply.Task.OrCanceledAsync(cancellationToken);
        }
        catch (ReplicaException failed)
        {
            activity.Failed(failed.Error);
            throw;
        }
        catch (OperationCanceledException given)
        {
            activity.Failed(given);
            throw;
        }
    }

    /// <summary>Admits blocks, oldest first, with what is known of them already.</summary>
    internal Task<IReadOnlyList<EventVerdict>> InsertAsync(
        IReadOnlyList<IncomingBlock> blocks, PeerId source, CancellationToken cancellationToken) =>
        InsertAsync(reply => new BlocksInput(blocks, source, EventSource.Sync, reply), cancellationToken);

    private async Task<IReadOnlyList<EventVerdict>> InsertAsync(Func<InsertReply, BlocksInput> input, CancellationToken cancellationToken)
    {
        InsertReply reply = new();
        await _loop.PostAsync(input(reply), cancellationToken);
        return await reply.Task.OrCanceledAsync(cancellationToken);
    }

    private async Task<T> ReadAsync<T>(Func<ReplicaCore, ChangeLog, T> read, CancellationToken cancellationToken)
    {
        ReadRequestOf<T> request = new(read);
        await _loop.PostAsync(request, cancellationToken);
        return await request.Task.OrCanceledAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<Event>> LoadAsync(List<Cid> cids, CancellationToken cancellationToken)
    {
        List<Event> events = new(cids.Count);
        foreach (Cid cid in cids)
        {
            if (await FindAsync(cid, cancellationToken) is Event found)
            {
                events.Add(found);
            }
        }

        return events;
    }

    private async ValueTask<Event?> FindAsync(Cid cid, CancellationToken cancellationToken) =>
        await Options.Store.GetBlockAsync(cid, cancellationToken) is ReadOnlyMemory<byte> block
        && EventCodec.TryDecode(block, Document, out Event? read, out _) ? read : null;
}
